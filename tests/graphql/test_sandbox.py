"""The sandbox: samples in place of answers, marked as such; no system hears anything, and nothing is on record."""

from typing import Any

import pytest
from sqlalchemy import text

from sacbe_terms.errors import MarkNotValid, NoSample, ReplyBreaksContract, RoleMissing
from sacbe_terms.exchange import Plan, PlannedCall
from sacbe_terms.identifiers import DataServiceId, OperationId
from sacbe_xroad_like.administration import sampling
from sacbe_xroad_like.administration.actor import OPERATOR, Actor
from sacbe_xroad_like.administration.sampling import Made
from sacbe_xroad_like.operational_record import OperationalRecord
from sacbe_xroad_like.sandbox import samples
from tests.graphql import offers
from tests.graphql.world import CONSUMER, World

pytestmark = pytest.mark.asyncio(loop_scope="session")

PERSONS = DataServiceId(offers.CIVIL_REGISTRY, "personas")
CONSULT = OperationId(PERSONS, "consultarPersona")
INSCRIBE = OperationId(PERSONS, "inscribirPersona")
HER = "2345678901601"
PERSON = {"cui": HER, "nombres": "Ixchel Ñ", "estado": "CASADO", "ingreso": "10.50"}
QUERY = 'query { exchange { renap { ella: consultarPersona(cui: "1") { n: nombres cui ingreso padres { cui } } } } }'


def person(cui: str) -> dict[str, Any]:
    """Answer as the system does."""
    return PERSON | {"cui": cui}


async def tried(world: World, query: str, *, token: str | None = None, wish: str = "1") -> dict[str, Any]:
    """Ask the sandbox."""
    answer: dict[str, Any] = (await world.post({"query": query}, token=token, **{"sacbe-sandbox": wish})).json()
    return answer


def codes(answer: dict[str, Any]) -> list[str]:
    """Give the codes of an answer's errors."""
    return [error["extensions"]["code"] for error in answer["errors"]]


async def recorded(world: World) -> samples.Sample:
    """Have the provider's operator record what the system answers."""
    world.answers("personas", consultarPersona=person)
    made = Made(arguments={"cui": HER})
    found = (await sampling.record(world.bus.desk(OPERATOR), CONSULT, made)).value
    world.memory.heard.clear()
    return found


async def counted(world: World) -> tuple[Any, ...]:
    """Count what exchanges leave behind."""
    tables = ("message_log", "message_claim", "person_access", "quota_use")
    async with world.engine.connect() as connection:
        return tuple([await connection.scalar(text(f"select count(*) from bus.{table}")) for table in tables])


@pytest.mark.parametrize("wish", ["1", "true"])
async def test_a_sample_is_given_and_marked(world: World, wish: str) -> None:
    """The answer is the sample, as the query has it; extensions say so, and name no message."""
    sample = await recorded(world)
    answer = await tried(world, QUERY, wish=wish)
    value: Any = sample.value
    assert answer["data"]["exchange"]["renap"]["ella"] == {
        "n": value["nombres"],
        "cui": value["cui"],
        "ingreso": value["ingreso"],
        "padres": None,
    }
    told = {"service": str(PERSONS), "operation": "consultarPersona", "paths": ["exchange.renap.ella"]}
    assert answer["extensions"] == {"sacbe": {"samples": [told]}}
    assert HER not in str(sample.value)


async def test_it_is_no_exchange(world: World) -> None:
    """No system hears of it; log, records, accesses and quotas are as they were."""
    await recorded(world)
    before, records = await counted(world), list[OperationalRecord]()
    world.bus.records.on_record(records.append)
    assert "errors" not in await tried(world, QUERY)
    assert await counted(world) == before
    assert not records
    assert not world.heard


async def test_it_needs_no_right_but_a_name(world: World) -> None:
    """A client without any agreement gets the sample; nobody in particular does not."""
    await recorded(world)
    assert "errors" not in await tried(world, QUERY, token=world.stranger)
    assert codes(await tried(world, QUERY, token="")) == ["SACBE-302"]


async def test_who_does_not_ask_for_a_sample_gets_none(world: World) -> None:
    """Without a right and without the header it is a refusal: nobody shall take a sample for the truth."""
    await recorded(world)
    for wish in ("0", "false", ""):
        answer = await tried(world, QUERY, token=world.stranger, wish=wish)
        assert codes(answer) == ["SACBE-301"]


async def test_a_wish_that_says_nothing_is_refused(world: World) -> None:
    """What is neither yes nor no is not taken for either."""
    response = await world.post({"query": QUERY}, **{"sacbe-sandbox": "maybe"})
    assert response.status_code == 400
    assert codes(response.json()) == ["SACBE-105"]


async def test_one_without_sample_takes_no_other_with_it(world: World) -> None:
    """Each field has its own sample or its own error."""
    await recorded(world)
    both = 'query { exchange { renap { consultarPersona(cui: "1") { cui } } sat { consultarContribuyente(cui: "1") { nit } } } }'  # noqa: E501 - one query
    answer = await tried(world, both)
    assert codes(answer) == ["SACBE-316"]
    assert answer["data"]["exchange"]["renap"]["consultarPersona"]["cui"]
    assert answer["data"]["exchange"]["sat"]["consultarContribuyente"] is None
    assert len(answer["extensions"]["sacbe"]["samples"]) == 1


async def test_a_change_is_tried_and_changes_nothing(world: World) -> None:
    """It is answered from a given answer; the system is not called for the sample either."""
    with pytest.raises(MarkNotValid, match="it changes something"):
        await sampling.record(world.bus.desk(OPERATOR), INSCRIBE, Made(arguments={"persona": PERSON}))
    await sampling.record(world.bus.desk(OPERATOR), INSCRIBE, Made(answer=True))
    mutation = 'mutation { exchange { renap { inscribirPersona(persona: {cui: "1", nombres: "A"}) } } }'
    answer = await tried(world, mutation)
    assert isinstance(answer["data"]["exchange"]["renap"]["inscribirPersona"], bool)
    assert not world.heard


@pytest.mark.parametrize(
    "mutation",
    [
        'mutation { removeSample(input: {operation: "%s"}) { outcome } }',
        'mutation { ...Acts } fragment Acts on Mutation { x: removeSample(input: {operation: "%s"}) { outcome } }',
    ],
)
async def test_nothing_is_administered_in_the_sandbox(world: World, mutation: str) -> None:
    """An act beside the header is refused, and not done."""
    await recorded(world)
    answer = await tried(world, mutation % CONSULT)
    assert codes(answer) == ["SACBE-105"]
    assert await samples.of(world.engine, CONSULT)


async def test_arguments_are_looked_at(world: World) -> None:
    """A developer learns of her mistakes as if it were real, whichever door she came by."""
    await recorded(world)
    assert codes(await tried(world, "query { exchange { renap { consultarPersona { cui } } } }")) == ["SACBE-102"]
    call = PlannedCall(paths=("x",), service=PERSONS, operation_code="consultarPersona", arguments={"dpi": HER})
    (outcome,) = await world.bus.samples(Plan(calls=(call,)))
    assert outcome.error is not None
    assert outcome.error.code == "SACBE-409"


async def test_recording_asks_for_nothing_that_stays(world: World) -> None:
    """What the system answers is replaced throughout, since no log says that it was asked."""
    world.answers("personas", consultarPersona=person)
    with pytest.raises(MarkNotValid, match="nothing of it can stay"):
        await sampling.record(world.bus.desk(OPERATOR), CONSULT, Made(arguments={"cui": HER}, keep=("nombres",)))
    assert not world.heard
    made = await sampling.record(world.bus.desk(OPERATOR), CONSULT, Made(answer=PERSON, keep=("nombres",)))
    value: Any = made.value.value
    assert value["nombres"] == PERSON["nombres"]


async def test_an_answer_that_does_not_fit_becomes_no_sample(world: World) -> None:
    """It is refused with its place."""
    with pytest.raises(ReplyBreaksContract, match="nombres"):
        await sampling.record(world.bus.desk(OPERATOR), CONSULT, Made(answer={"cui": "1"}))


async def test_a_sample_of_an_earlier_description_is_none(world: World) -> None:
    """What no longer fits is not given."""
    await samples.keep(world.engine, CONSULT, {"cui": "1"})
    answer = await tried(world, QUERY)
    assert codes(answer) == ["SACBE-316"]
    assert "description changed" in answer["errors"][0]["message"]


async def test_removed_is_removed(world: World) -> None:
    """Afterwards there is none, and to remove it again says so."""
    await recorded(world)
    desk = world.bus.desk(OPERATOR)
    await sampling.remove(desk, CONSULT)
    with pytest.raises(NoSample):
        await sampling.remove(desk, CONSULT)
    assert codes(await tried(world, QUERY)) == ["SACBE-316"]


async def test_the_next_sample_takes_the_place_of_the_last(world: World) -> None:
    """An operation has one sample."""
    first, second = [await recorded(world) for _ in range(2)]
    assert first.value != second.value
    assert (await samples.of(world.engine, CONSULT)).value == second.value


async def test_only_the_provider_records(world: World) -> None:
    """A client without a role there is refused before the system is asked."""
    world.answers("personas", consultarPersona=person)
    stranger = Actor(name=str(CONSUMER), client=CONSUMER)
    with pytest.raises(RoleMissing):
        await sampling.record(world.bus.desk(stranger), CONSULT, Made(arguments={"cui": HER}))
    assert not world.heard
