"""A change waits as a draft until it is approved, and never overwrites what somebody else wrote."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog import drafts as kept
from sacbe_catalog import history
from sacbe_catalog.drafts import RECORDS_MAX, Drafts, State
from sacbe_catalog.history import Author
from sacbe_catalog.reading import CatalogueReader
from sacbe_catalog.records import Catalogue
from sacbe_catalog.store import CatalogueStore
from sacbe_terms.errors import DraftStateRefused, ImportRefused, RecordNotFound, StaleDraft
from tests.catalog.test_history import DPI, changed, of

ANA, LUIS = Author("ana", "sube el costo"), Author("luis", "revisado")
NEW = changed(DPI, title={"es": "Emisión de DPI nuevo"})


@pytest.fixture
async def drafts(engine: AsyncEngine) -> Drafts:
    """Drafts over a catalogue of one service."""
    store = CatalogueStore(engine, "https://sacbe.example/id/")
    await store.put(of(DPI))
    return Drafts(store)


async def title(drafts: Drafts) -> str | None:
    """Give the title that readers see."""
    found = await CatalogueReader(drafts.store.engine, drafts.store.base_iri).service("dpi")
    return found.title if found else None


async def test_readers_see_a_draft_once_it_is_approved(drafts: Drafts) -> None:
    """And not before; its version names who wrote it."""
    number = await drafts.open(Catalogue(services=(NEW,)), ANA)
    await drafts.submit(number, ANA)
    assert await title(drafts) == "Emisión de DPI"
    await drafts.approve(number, LUIS)
    assert await title(drafts) == "Emisión de DPI nuevo"
    assert (await history.version(drafts.store.engine, "service", "dpi")).who == "ana"
    done = await drafts.one(number)
    assert (done.state, done.decided_by, done.decision) == (State.PUBLISHED, "luis", "revisado")


async def test_a_review_shows_what_would_change(drafts: Drafts) -> None:
    """Record by record."""
    number = await drafts.open(Catalogue(services=(NEW, changed(DPI, identifier="otro"))), ANA)
    one, other = await drafts.review(number)
    assert [(each.place, each.before, each.after) for each in one.changes] == [
        ("title.es", "Emisión de DPI", "Emisión de DPI nuevo")
    ]
    assert "identifier" in {each.place for each in other.changes}


async def test_a_draft_of_an_older_version_is_refused_with_both_sides(drafts: Drafts) -> None:
    """Nothing is overwritten and nothing is lost."""
    number = await drafts.open(Catalogue(services=(NEW,)), ANA)
    await drafts.store.put(of(changed(DPI, title={"es": "Mientras tanto"})))
    with pytest.raises(StaleDraft) as caught:
        await drafts.approve(number, LUIS)
    told = " ".join(problem.reason for problem in caught.value.problems)
    assert "Mientras tanto" in told
    assert "Emisión de DPI nuevo" in told
    assert await title(drafts) == "Mientras tanto"
    assert (await drafts.one(number)).state is State.DRAFT
    [review] = await drafts.review(number)
    assert [each.after for each in review.meanwhile] == ["Mientras tanto"]


async def test_what_was_scheduled_is_published_when_its_time_comes(drafts: Drafts) -> None:
    """Not before, and once."""
    number = await drafts.open(Catalogue(services=(NEW,)), ANA)
    await drafts.approve(number, LUIS, at=datetime.now(UTC) + timedelta(days=1))
    assert await drafts.publish_due() == ()
    assert await title(drafts) == "Emisión de DPI"
    await _its_time_came(drafts)
    assert await drafts.publish_due() == (number,)
    assert await drafts.publish_due() == ()
    assert await title(drafts) == "Emisión de DPI nuevo"


async def test_a_scheduled_draft_that_went_stale_goes_back_with_the_reason(drafts: Drafts) -> None:
    """Whoever wrote it reads why."""
    number = await drafts.open(Catalogue(services=(NEW,)), ANA)
    await drafts.approve(number, LUIS, at=datetime.now(UTC) + timedelta(days=1))
    await drafts.store.put(of(changed(DPI, title={"es": "Mientras tanto"})))
    await _its_time_came(drafts)
    assert await drafts.publish_due() == ()
    found = await drafts.one(number)
    assert (found.state, found.decided_by) == (State.DRAFT, "schedule")
    assert "changed since" in found.decision


async def _its_time_came(drafts: Drafts) -> None:
    async with drafts.store.engine.begin() as connection:
        await connection.execute(sa.update(kept.draft).values(publish_at=sa.func.now()))


async def test_a_draft_that_does_not_fit_is_refused_when_it_is_approved(drafts: Drafts) -> None:
    """With every problem, and it stays."""
    number = await drafts.open(Catalogue(services=(changed(NEW, institutions=("nadie",)),)), ANA)
    with pytest.raises(ImportRefused):
        await drafts.approve(number, LUIS)
    assert (await drafts.one(number)).state is State.DRAFT


async def test_what_is_decided_does_not_move_any_more(drafts: Drafts) -> None:
    """Neither published nor withdrawn."""
    number = await drafts.open(Catalogue(services=(NEW,)), ANA)
    await drafts.withdraw(number, ANA)
    for move in (drafts.submit, drafts.give_back, drafts.withdraw, drafts.approve):
        with pytest.raises(DraftStateRefused):
            await move(number, LUIS)
    assert [one.number for one in await drafts.all(state=State.WITHDRAWN)] == [number]
    assert await drafts.all() == ()


async def test_a_reviewed_draft_can_be_given_back(drafts: Drafts) -> None:
    """And sent again."""
    number = await drafts.open(Catalogue(services=(NEW,)), ANA)
    await drafts.submit(number, ANA)
    await drafts.give_back(number, LUIS)
    await drafts.submit(number, ANA)
    assert (await drafts.one(number)).state is State.REVIEW


async def test_a_draft_holds_some_records_and_not_too_many(drafts: Drafts) -> None:
    """The limit is named."""
    with pytest.raises(ImportRefused):
        await drafts.open(Catalogue(), ANA)
    many = tuple(changed(DPI, identifier=f"dpi-{at}") for at in range(RECORDS_MAX + 1))
    with pytest.raises(ImportRefused, match="problem") as caught:
        await drafts.open(Catalogue(services=many), ANA)
    assert str(RECORDS_MAX) in caught.value.problems[0].reason


async def test_a_number_of_no_draft_is_not_found(drafts: Drafts) -> None:
    """By every question."""
    for ask in (drafts.one, drafts.review):
        with pytest.raises(RecordNotFound):
            await ask(10_000)
