"""What people look for and do not find becomes public once it is nobody's own, and is forgotten in time."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog import demand as kept
from sacbe_catalog.demand import DAYS_KEPT, QUERIES_OF_NETWORK_MAX, Demand, Wanted, wanted, without_persons

TODAY = date(2026, 11, 27)


@pytest.fixture
def demand(engine: AsyncEngine) -> Demand:
    """A list that nobody has added to."""
    return Demand(engine, b"secret")


async def ask(demand: Demand, query: str, *, days: int = 5, networks: int = 5) -> None:
    """Ask on so many days from so many networks, once each."""
    for number in range(max(days, networks)):
        address = f"198.51.{min(number, networks - 1)}.7"
        day = TODAY - timedelta(days=min(number, days - 1))
        await demand.note(query, language="es", address=address, today=day)


async def rows(demand: Demand) -> list[tuple[bytes, str, int]]:
    """Give what is kept: networks, texts, and how often."""
    at = kept.unanswered_query.c
    async with demand.engine.connect() as connection:
        found = await connection.execute(sa.select(at.network, at.text, at.asked))
        return [tuple(row) for row in found]


@pytest.mark.parametrize(("days", "networks", "is_public"), [(5, 5, True), (4, 5, False), (5, 4, False), (1, 9, False)])
async def test_a_text_is_public_once_many_asked_on_many_days(
    demand: Demand, days: int, networks: int, is_public: bool
) -> None:
    """Five days and five networks, not one less of either."""
    await ask(demand, "pasaporte para mi perro", days=days, networks=networks)
    found = await wanted(demand.engine)
    expected = Wanted(text="pasaporte para mi perro", language="es", days=days, networks=networks)
    assert found == ((expected,) if is_public else ())


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("Certificado de JUAN Pérez López 2547896541201", "certificado de"),
        ("el NIT 1234567-8 de María", "el nit de"),
        ("ana@example.org", ""),
        ("https://example.org/x", ""),
        ("1234 5678", ""),
        ("juan perez", ""),
        ("?¿!", ""),
        ("a" * 101, ""),
        ("permiso para CIRCO", "permiso para circo"),
    ],
)
def test_digits_and_names_are_taken_out_before_anything_is_kept(query: str, left: str) -> None:
    """And what looks like a person's story is not kept at all."""
    assert without_persons(query) == left


async def test_no_address_is_kept(demand: Demand) -> None:
    """A network is a digest, the same for its neighbours and another with another secret."""
    for address in ("203.0.113.9", "203.0.113.200", "::ffff:203.0.113.1"):
        await demand.note("circo", language="es", address=address, today=TODAY)
    [(network, text, asked)] = await rows(demand)
    assert (text, asked) == ("circo", 3)
    assert b"203" not in network
    await Demand(demand.engine, b"other").note("circo", language="es", address="203.0.113.9", today=TODAY)
    assert len({network for network, _, _ in await rows(demand)}) == 2


@pytest.mark.parametrize("address", ["", "nada", "300.1.1.1", "fe80::1%eth0\0"])
async def test_who_comes_from_nowhere_is_not_counted(demand: Demand, address: str) -> None:
    """And breaks nothing."""
    await demand.note("circo", language="es", address=address, today=TODAY)
    assert len(await rows(demand)) <= ("fe80" in address)


async def test_one_network_fills_no_list(demand: Demand) -> None:
    """Beyond so many queries a day it is not listened to."""
    for number in range(QUERIES_OF_NETWORK_MAX + 5):
        text = "".join(chr(ord("a") + int(digit)) for digit in str(number))
        await demand.note(f"circo {text}", language="es", address="203.0.113.9", today=TODAY)
    assert len(await rows(demand)) == QUERIES_OF_NETWORK_MAX


async def test_what_is_old_is_forgotten(demand: Demand) -> None:
    """After its days, not before."""
    for age in (DAYS_KEPT, DAYS_KEPT + 1):
        day = TODAY - timedelta(days=age)
        await demand.note(f"circo {'viejo' * (age - DAYS_KEPT)}", language="es", address="203.0.113.9", today=day)
    await demand.forget(TODAY)
    assert [text for _, text, _ in await rows(demand)] == ["circo"]


@pytest.mark.parametrize("language", ["a\0b", "\ud800"])
async def test_a_hostile_language_is_not_kept(demand: Demand, language: str) -> None:
    """What the database cannot hold is nobody's language."""
    await demand.note("circo", language=language, address="203.0.113.9", today=TODAY)
    assert await rows(demand) == []
