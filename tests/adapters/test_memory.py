"""The memory adapter keeps the contract, and remembers what it heard."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from sacbe_adapters import conformance, leniency
from sacbe_adapters.contract import DescriptionSource
from sacbe_adapters.memory.adapter import Answer, MemoryAdapter, MemoryFault
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.descriptions import Description, Fault, Field, Operation, Record, Scalar, to_json
from sacbe_terms.errors import LegacySystemFault, ReplyBreaksContract
from sacbe_terms.exchange import Call, Endpoint

CUI = Field(name="cui", wire="cui", type=Scalar.STRING, is_required=True)
PERSONA = Record(
    name="Persona",
    fields=(
        CUI,
        Field(name="nacimiento", wire="nacimiento", type=Scalar.DATE),
        Field(name="saldo", wire="saldo", type=Scalar.DECIMAL),
    ),
)
NOTA = Record(name="Nota", fields=(Field(name="texto", wire="texto", type=Scalar.STRING, is_required=True),))
DESCRIPTION = Description(
    kind="memory",
    title="Registro en memoria",
    operations=(
        Operation(
            code="consultarPersona",
            alias="consultarPersona",
            reads=True,
            arguments=(CUI,),
            result=Field(name="result", wire="", type="Persona", is_required=True),
            faults=(Fault(name="NoHay", wire="NoHay"),),
        ),
        Operation(
            code="listarPersonas",
            alias="listarPersonas",
            reads=True,
            arguments=(),
            result=Field(name="result", wire="", type="Persona", list_depth=1, is_required=True),
        ),
        Operation(
            code="anotar",
            alias="anotar",
            reads=False,
            arguments=(Field(name="texto", wire="texto", type=Scalar.STRING, is_required=True),),
            result=Field(name="result", wire="", type="Nota", is_required=True),
        ),
    ),
    types={"Persona": PERSONA, "Nota": NOTA},
)
KNOWN = {"cui": "0001234560101", "nacimiento": "1946-02-07", "saldo": "10.50"}


def consultar(cui: str) -> dict[str, str]:
    """Know one person."""
    if cui != KNOWN["cui"]:
        raise MemoryFault("NoHay", f"No hay persona {cui}", cui=cui)
    return KNOWN


async def never(**arguments: object) -> None:
    """Never answer."""
    await asyncio.Event().wait()


def nothing(**arguments: object) -> None:
    """Give nothing where something is promised."""


def failing(**arguments: object) -> None:
    """Fail as programs do."""
    raise ZeroDivisionError


@pytest.fixture
async def adapter() -> AsyncIterator[MemoryAdapter]:
    """An adapter that holds nothing yet."""
    transport = HttpTransport([])
    yield MemoryAdapter(transport)
    await transport.close()


@pytest.fixture
def subject(adapter: MemoryAdapter, tmp_path: Path) -> conformance.Subject:
    """A civil registry in memory, and ill ones."""
    answers: dict[str, Answer] = {
        "consultarPersona": consultar,
        "listarPersonas": lambda: [KNOWN, KNOWN],
        "anotar": lambda texto: {"texto": texto},
    }
    endpoint = adapter.hold("registro", DESCRIPTION, answers)
    silent = adapter.hold("mudo", DESCRIPTION, {"consultarPersona": never})
    wrong: dict[str, Answer] = {"otra-forma": lambda cui: {"cui": len(cui)}, "nada": nothing, "fallo": failing}
    (tmp_path / "no.json").write_bytes(b"{")
    (tmp_path / "otro.json").write_bytes(to_json(msgspec.structs.replace(DESCRIPTION, kind="soap")))
    (tmp_path / "vacio.json").write_bytes(to_json(msgspec.structs.replace(DESCRIPTION, operations=())))
    return conformance.Subject(
        adapter=adapter,
        source=DescriptionSource(location="memory:registro"),
        endpoint=endpoint,
        read=conformance.Example(operation="consultarPersona", arguments={"cui": KNOWN["cui"]}, value=KNOWN),
        listed=conformance.Example(operation="listarPersonas", arguments={}, value=[KNOWN, KNOWN]),
        change=conformance.Example(operation="anotar", arguments={"texto": "a"}, value={"texto": "a"}),
        echo=conformance.Echo(operation="anotar", arguments={}, argument="texto", result="texto"),
        fault=conformance.FaultExample(
            operation="consultarPersona", arguments={"cui": "9"}, code="NoHay", text="persona 9", detail={"cui": "9"}
        ),
        bad_sources={
            name: DescriptionSource(location=str(tmp_path / f"{name}.json")) for name in ("no", "otro", "vacio")
        },
        silent=silent,
        unreachable=Endpoint(address="memory:ausente"),
        ill={name: adapter.hold(name, DESCRIPTION, {"consultarPersona": answer}) for name, answer in wrong.items()},
    )


class TestMemoryDescribes(conformance.Describes):
    """Inherited."""


class TestMemoryRefusesBadDescriptions(conformance.RefusesBadDescriptions):
    """Inherited."""


class TestMemoryCalls(conformance.Calls):
    """Inherited."""


class TestMemoryKeepsValuesExact(conformance.KeepsValuesExact):
    """Inherited."""


class TestMemoryReportsFaults(conformance.ReportsFaults):
    """Inherited."""


class TestMemoryKeepsDeadlines(conformance.KeepsDeadlines):
    """Inherited."""


class TestMemorySurvivesIllReplies(conformance.SurvivesIllReplies):
    """Inherited."""


async def test_checks_whether_a_system_is_held(subject: conformance.Subject) -> None:
    """A system that is held is healthy; one that is not is said to be absent."""
    assert (await subject.adapter.check(subject.endpoint)).is_healthy
    assert "held" in (await subject.adapter.check(subject.unreachable)).reason


async def test_describes_from_a_file(subject: conformance.Subject, tmp_path: Path) -> None:
    """A description that was stored as JSON is read from its file."""
    file = tmp_path / "registro.json"
    file.write_bytes(to_json(DESCRIPTION))
    described = await subject.adapter.describe(DescriptionSource(location=str(file)))
    assert described.operations == DESCRIPTION.operations


async def test_remembers_what_it_heard(subject: conformance.Subject, adapter: MemoryAdapter) -> None:
    """A call that reached the system is remembered, also one that ended in a fault; a refused one is not."""
    await subject.call("consultarPersona", {"cui": KNOWN["cui"]})
    with pytest.raises(LegacySystemFault):
        await subject.call("consultarPersona", {"cui": "9"})
    with pytest.raises(Exception, match="SACBE-409"):
        await subject.call("consultarPersona", {})
    heard = [(call.system, call.operation, dict(call.arguments), call.message_id) for call in adapter.heard]
    assert heard == [
        ("registro", "consultarPersona", {"cui": KNOWN["cui"]}, "conformidad-1"),
        ("registro", "consultarPersona", {"cui": "9"}, "conformidad-1"),
    ]


async def test_names_the_place_of_a_broken_result(subject: conformance.Subject) -> None:
    """A function whose result does not fit its description is told where."""
    with pytest.raises(ReplyBreaksContract) as caught:
        await subject.call("consultarPersona", {"cui": "1"}, endpoint=subject.ill["otra-forma"])
    assert caught.value.where == "/cui"


LENIENT_TYPES = {
    "Persona": Record(
        name="Persona",
        fields=(
            CUI,
            Field(name="saldo", wire="saldo", type=Scalar.DECIMAL),
            Field(name="padre", wire="padre", type="Persona"),
            Field(name="hijos", wire="hijos", type="Persona", list_depth=1),
            Field(name="notas", wire="notas", type=Scalar.STRING, list_depth=1, items_nullable=True),
        ),
    )
}
FORGIVEN: list[tuple[object, object, list[str]]] = [
    ({"cui": "1", "saldo": "x"}, {"cui": "1", "saldo": None}, ["saldo"]),
    ({"cui": "1", "padre": {"cui": 7}}, {"cui": "1", "padre": None}, ["padre/cui"]),
    ({"cui": "1", "hijos": [{"cui": "2"}, {}]}, {"cui": "1", "hijos": None}, ["hijos/1/cui"]),
    (
        {"cui": "1", "hijos": [{"cui": "2", "saldo": "x"}, {"cui": "3", "saldo": "y"}]},
        {"cui": "1", "hijos": [{"cui": "2", "saldo": None}, {"cui": "3", "saldo": None}]},
        ["hijos/0/saldo", "hijos/1/saldo"],
    ),
    ({"cui": "1", "notas": ["a", 7, "b"]}, {"cui": "1", "notas": ["a", None, "b"]}, ["notas/1"]),
    ({"cui": "1", "otro": 1}, {"cui": "1"}, ["otro"]),
    ({"cui": None, "saldo": "x"}, None, ["cui"]),
    ("nada", None, [""]),
    (None, None, [""]),
    ({"cui": "1"}, {"cui": "1"}, []),
]


@pytest.mark.parametrize(("value", "left", "places"), FORGIVEN)
async def test_a_lenient_endpoint_is_forgiven(
    adapter: MemoryAdapter, value: object, left: object, places: list[str]
) -> None:
    """What breaks the description is null at the nearest place that may be, and each place is named."""
    described = msgspec.structs.replace(DESCRIPTION, types={**DESCRIPTION.types, **LENIENT_TYPES})
    endpoint = adapter.hold("registro", described, {"consultarPersona": lambda **_: value})
    reply = await adapter.call(
        Call(
            name="x",
            operation=described.operations[0],
            description=described,
            endpoint=replace(endpoint, is_lenient=True),
            arguments={"cui": "1"},
            deadline=time.monotonic() + 5,
            message_id="m",
        )
    )
    assert (reply.value, [problem.where for problem in reply.problems]) == (left, places)


def test_a_reply_that_is_wrong_everywhere_is_given_up() -> None:
    """A list in which hundreds of fields are wrong ends as null, not after hundreds of passes."""
    described = msgspec.structs.replace(DESCRIPTION, types={**DESCRIPTION.types, **LENIENT_TYPES})
    people = [{"cui": "1", "saldo": "x"} for _ in range(3 * leniency.PROBLEMS_MAX)]
    value, problems = leniency.forgiven(described, described.operations[1].result, people)
    assert value is None
    assert len(problems) == leniency.PROBLEMS_MAX
