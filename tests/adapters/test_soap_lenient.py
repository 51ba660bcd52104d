"""A lenient endpoint: what breaks is null and told, by the rules that GraphQL has for errors."""

import random
import re
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sacbe_adapters import values
from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.soap.lenient import PROBLEMS_MAX
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.errors import Problem, ReplyBreaksContract, ReplyNotReadable
from sacbe_terms.exchange import Endpoint
from tests.adapters import wire
from tests.adapters.reading import MUSEUM, NAME, call, read
from tests.adapters.test_soap_codec import PERSON, PERSON_XML, codec, enveloped, person, replied

NICKNAMES: dict[str, object] = {"apodo": []}


def lenient(body: str, code: str = "consultarPersona") -> tuple[Any, dict[str, str]]:
    """The value, and each problem's reason by its place."""
    value, problems = codec(code).decode_leniently(NAME, replied(body))
    return value, {problem.where: problem.reason for problem in problems}


def listed(*people: str) -> str:
    """The reply with several people."""
    return enveloped(f"<r:listarPersonasResponse><personas>{''.join(people)}</personas></r:listarPersonasResponse>")


def one(inside: str = PERSON_XML) -> str:
    """One of several people."""
    return f'<p:persona version="1">{inside}</p:persona>'


def test_a_good_reply_has_no_problems() -> None:
    """Leniency changes nothing about a reply that keeps its contract."""
    assert lenient(person()) == (codec("consultarPersona").decode(NAME, replied(person())), {})


@pytest.mark.parametrize(
    ("more", "where", "reason"),
    [
        ("<p:hijos>dos</p:hijos>", "hijos", "not a whole number"),
        ("<p:saldo>mucho</p:saldo>", "saldo/value", "not a decimal"),
        ("<p:inscrita>ayer</p:inscrita>", "inscrita", "not a date and time"),
        ("<p:hijos>1</p:hijos><p:hijos>2</p:hijos>", "hijos", "more often"),
        ("<p:apodo>a</p:apodo><p:apodo><b/></p:apodo>", "apodo/1", "holds elements"),
        ("<p:codigos>1 x</p:codigos>", "codigos", "not a whole number"),
        ("<p:huella>?</p:huella>", "huella", "not base64"),
    ],
)
def test_a_broken_field_is_null(more: str, where: str, reason: str) -> None:
    """The field that breaks, or the list or record that cannot stand without it, is null; all else is read."""
    value, problems = lenient(person(PERSON_XML + more))
    assert value == {**PERSON, "estadoCivil": None, **NICKNAMES, where.partition("/")[0]: None}
    assert list(problems) == [where]
    assert reason in problems[where]


def test_an_unknown_element_is_passed_over() -> None:
    """What the description does not know is told at the record that holds it."""
    value, problems = lenient(listed(one(), "<p:otra/>", one()), "listarPersonas")
    assert [found["cui"] for found in value] == ["1", "1"]
    assert problems == {"": "the element 'otra' is not in the description"}
    value, problems = lenient(person("nota" + PERSON_XML))
    assert value["cui"] == "1"
    assert problems == {"": "it holds text between its elements"}


def test_only_the_item_that_breaks_is_null() -> None:
    """In a list whose items may be null, one broken item costs no other."""
    value, problems = lenient(
        listed(one(), one(PERSON_XML.replace("1990-01-31", "1990-02-30")), one("")), "listarPersonas"
    )
    assert [found and found["cui"] for found in value] == ["1", None, None]
    assert problems["1/fechaNacimiento"].startswith("it is not a date")
    assert "'cui' is missing" in problems["2/cui"]


def test_the_nearest_place_that_may_be_null() -> None:
    """A required field that breaks takes its record with it, as far as a place that may be null."""
    value, problems = lenient(person(PERSON_XML.replace("<p:cui>1</p:cui>", "")))
    assert value is None
    assert list(problems) == ["cui"]
    parents = f"<p:padres>{one()}{one(PERSON_XML.replace('>1990', '>x'))}</p:padres>"
    value, problems = lenient(person(PERSON_XML + parents))
    assert value["padres"][0]["cui"] == "1"
    assert value["padres"][1] is None
    assert list(problems) == ["padres/1/fechaNacimiento"]


def test_nothing_above_may_be_null() -> None:
    """Where the whole answer would have to be null it is refused, as for a strict endpoint."""
    with pytest.raises(ReplyBreaksContract, match="cuenta"):
        lenient(enveloped("<r:cuenta>muchas</r:cuenta>"), "contar")
    with pytest.raises(ReplyBreaksContract, match="expected here"):
        lenient(enveloped("<r:otra/>"))
    with pytest.raises(ReplyBreaksContract, match="empty"):
        lenient(enveloped(""))
    with pytest.raises(ReplyNotReadable):
        lenient("<html/>")


def test_problems_are_told_to_a_limit() -> None:
    """A reply that breaks everywhere tells the first places, and how many more there are."""
    _, problems = codec("listarPersonas").decode_leniently(NAME, replied(listed(*[one("")] * (PROBLEMS_MAX + 7))))
    assert len(problems) == PROBLEMS_MAX + 1
    assert problems[-1] == Problem(where="", reason="and 7 more")


def test_never_quotes_a_value() -> None:
    """A value that breaks may be a person's and is nowhere in a problem."""
    _, problems = lenient(person(PERSON_XML + "<p:hijos>secreto</p:hijos><p:saldo moneda='x'>secreto</p:saldo>"))
    assert len(problems) == 2
    assert "secreto" not in str(problems)


@settings(deadline=None, max_examples=150)
@given(st.randoms(use_true_random=False))
def test_whatever_breaks_the_rest_has_its_form(chance: random.Random) -> None:
    """A damaged reply gives a value that fits the description but for places that are told, or is refused."""
    parts = re.findall(r"<p:\w+[^<]*(?:</p:\w+>)?|<p:\w+/>", PERSON_XML + "<p:hijos>2</p:hijos><p:saldo>1</p:saldo>")
    damaged = [chance.choice([part, part, part, "", part + part, re.sub(">.*?<", ">?<", part)]) for part in parts]
    description = read(MUSEUM / "registry.wsdl")
    operation = description.operation("listarPersonas")
    assert operation is not None
    value, problems = lenient(listed(one("".join(damaged)), one()), "listarPersonas")
    values.check(description, operation.result, [found for found in value if found is not None])
    assert (None in value) <= bool(problems)
    assert value[1] == {**PERSON, "estadoCivil": None, **NICKNAMES}


async def test_the_steward_chooses() -> None:
    """The same reply over the same wire is refused by a strict endpoint and forgiven by a lenient one."""
    description = read(MUSEUM / "registry.wsdl")
    body = person(PERSON_XML + "<p:hijos>dos</p:hijos>").encode()
    transport = HttpTransport([ip_network("127.0.0.0/8")])
    soap = SoapAdapter(transport)
    async with wire.saying(wire.http(body)) as server:
        strict, forgiving = Endpoint(address=server.address), Endpoint(address=server.address, is_lenient=True)
        with pytest.raises(ReplyBreaksContract):
            await call(soap, description, "consultarPersona", {"cui": "1"}, strict)
        reply = await call(soap, description, "consultarPersona", {"cui": "1"}, forgiving)
    await transport.close()
    assert isinstance(reply.value, dict)
    assert (reply.value["cui"], reply.value["hijos"]) == ("1", None)
    assert [problem.where for problem in reply.problems] == ["hijos"]
