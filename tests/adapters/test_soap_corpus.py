"""Contracts that others wrote, on stacks that are not ours: the demonstration's, the EU's, SUNAT's and more."""

import os
from collections.abc import AsyncIterator, Iterator
from functools import cache
from ipaddress import ip_network
from pathlib import Path

import pytest

from sacbe.demonstration.ministries import Ministry
from sacbe.demonstration.people import PEOPLE
from sacbe_adapters import values, xml
from sacbe_adapters.contract import DescriptionSource
from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.soap.bundle import WSDL
from sacbe_adapters.soap.refusal import NotReadable
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.descriptions import Description, Field, Record, Scalar
from sacbe_terms.errors import DescriptionNotReadable, LegacySystemFault
from sacbe_terms.exchange import Endpoint
from tests.adapters import php_soap
from tests.adapters.reading import call, describe_here
from tests.demonstration.running import running

LACKING = {"juniper", "VehicleSelectionService", "adgroups", "multiple_parts_in_message", "bullhornstaffing.local"}
"""Entries of the corpus that lack a part of themselves: a located reason is the right answer."""


def corpus() -> Path:
    """The folder of WSDLs that others wrote."""
    folder = os.environ.get("SACBE_CONFORMANCE_DATA")
    if not folder or not (Path(folder) / "wsdl").is_dir():
        pytest.skip("needs the conformance data (SACBE_CONFORMANCE_DATA)")
    return Path(folder) / "wsdl"


@pytest.fixture
async def soap() -> AsyncIterator[SoapAdapter]:
    """An adapter that may go to loopback."""
    adapter = SoapAdapter(HttpTransport([ip_network("127.0.0.0/8")]))
    yield adapter
    await adapter.close()
    await adapter.transport.close()


@cache
def described() -> dict[str, Description | str]:
    """What each entry describes, or the place of the reason why it cannot be read."""
    folder = corpus()
    entries = [line.split("\t")[0] for line in (folder / "index.tsv").read_text().splitlines()[1:]]
    return {Path(entry).stem: _described_or_place((folder / entry).resolve()) for entry in entries}


def _described_or_place(path: Path) -> Description | str:
    try:
        return describe_here(path)
    except (NotReadable, DescriptionNotReadable) as reason:
        return reason.where


def test_every_document_is_read_or_refused_with_its_place() -> None:
    """Every entry of the corpus registers, but those that lack a part."""
    silent = set()
    for name, found in described().items():
        places = [found] if isinstance(found, str) else [reason.where for reason in found.uncovered]
        assert all(place.rpartition(":")[2].isdecimal() for place in places)
        if isinstance(found, str) or not found.operations:
            assert places
            silent.add(name)
    assert silent == LACKING


def test_every_operation_is_offered() -> None:
    """What an entry's bindings promise is offered, to the last operation."""
    total = 0
    for path in sorted((corpus()).glob("**/*.wsdl")):
        found = described().get(path.stem)
        if isinstance(found, Description) and path.stem not in LACKING and _promised(path):
            assert len(found.operations) == _promised(path), path.stem
            total += len(found.operations)
    assert total > 1800


def _promised(path: Path) -> int:
    """How many operations the document's own bindings have that are spoken, each port type once."""
    root = xml.parse(path.read_bytes())
    bindings = list(root.iter(f"{{{WSDL}}}binding"))
    over_soap = [binding for binding in bindings if binding.find("{*}binding[@transport]") is not None]
    posting = [binding for binding in bindings if binding.find("{*}binding[@verb='POST']") is not None]
    bound = {binding.get("type", "").rpartition(":")[2] for binding in over_soap or posting}
    port_types = [port_type for port_type in root.iter(f"{{{WSDL}}}portType") if port_type.get("name") in bound]
    return sum(len(list(port_type.iterchildren(f"{{{WSDL}}}operation"))) for port_type in port_types)


def test_nearly_every_field_is_typed() -> None:
    """At least 95 of 100 arguments, results and members of records are more than XML."""
    descriptions = [found for found in described().values() if isinstance(found, Description)]
    fields = [field for description in descriptions for field in _fields(description)]
    untyped = sum(field.type in (Scalar.XML.value, Scalar.JSON.value) for field in fields)
    assert untyped <= 0.05 * len(fields)


def _fields(description: Description) -> Iterator[Field]:
    for operation in description.operations:
        yield from (*operation.arguments, operation.result)
    for named in description.types.values():
        yield from named.fields if isinstance(named, Record) else ()


@pytest.mark.parametrize(
    "entry",
    [
        "gitterHQ+vies/checkVatService.wsdl",
        "thegreenter+ws/src/Resources/wsdl/billService.wsdl",
        "thegreenter+ws/src/Resources/wsdl/billConsultService.wsdl",
    ],
)
async def test_a_foreign_contract_is_called_on_a_foreign_stack(soap: SoapAdapter, entry: str, tmp_path: Path) -> None:
    """A contract of the EU's or SUNAT's, served by PHP, answers each operation with values of its types."""
    source = (corpus() / entry).resolve()
    description = await soap.describe(DescriptionSource(location=str(source)))
    invented = {operation.code: php_soap.invented(description, operation) for operation in description.operations}
    answers = {code: {"answer": theirs} for code, (theirs, _) in invented.items()}
    with php_soap.serving(source, answers, tmp_path) as address:
        for operation in description.operations:
            arguments = {field.name: php_soap.example(description, field) for field in operation.arguments}
            reply = await call(soap, description, operation.code, arguments, Endpoint(address=address))
            assert reply.value == invented[operation.code][1]
            values.check(description, operation.result, reply.value)
    await soap.transport.close()


DESCRIBED: dict[str, Description] = {}
"""Each ministry is described once."""


async def _described(soap: SoapAdapter, ministry: Ministry) -> Description:
    if ministry.name not in DESCRIBED:
        DESCRIBED[ministry.name] = await soap.describe(DescriptionSource(location=ministry.source))
    return DESCRIBED[ministry.name]


@pytest.mark.parametrize(
    ("name", "read_code", "fault"),
    [
        ("renap", "consultarPersona", "personaNoEncontrada"),
        ("sat", "consultarContribuyente", "contribuyenteNoEncontrado"),
    ],
)
async def test_the_demonstration_answers_on_its_own_stack(
    soap: SoapAdapter, name: str, read_code: str, fault: str
) -> None:
    """spyne answers with values of the described types, and its faults are typed."""
    ministry = running()[name]
    description = await _described(soap, ministry)
    endpoint = Endpoint(address=ministry.endpoint)
    cui = PEOPLE[0].cui
    reply = await call(soap, description, read_code, {"cui": cui}, endpoint)
    assert isinstance(reply.value, dict)
    assert reply.value["cui"] == cui
    operation = description.operation(read_code)
    assert operation is not None
    values.check(description, operation.result, reply.value)
    with pytest.raises(LegacySystemFault) as caught:
        await call(soap, description, read_code, {"cui": "0"}, endpoint)
    assert caught.value.fault_code.endswith(fault[0].upper() + fault[1:])
    assert fault in caught.value.detail
    await soap.transport.close()


@pytest.mark.parametrize(("name", "version"), [("renap", "1.1"), ("sat", "1.2")])
async def test_the_demonstration_answers_on_another_stack(
    soap: SoapAdapter, name: str, version: str, tmp_path: Path
) -> None:
    """The same contracts, served by PHP, answer each operation with what was put in."""
    ministry = running()[name]
    description = await _described(soap, ministry)
    wsdl = tmp_path / "service.wsdl"
    wsdl.write_bytes(await soap.transport.fetch(ministry.source))
    invented = {operation.code: php_soap.invented(description, operation) for operation in description.operations}
    answers = {code: {"answer": theirs} for code, (theirs, _) in invented.items()}
    with php_soap.serving(wsdl, answers, tmp_path, version=version) as address:
        for operation in description.operations:
            arguments = {field.name: php_soap.example(description, field) for field in operation.arguments}
            reply = await call(soap, description, operation.code, arguments, Endpoint(address=address))
            assert reply.value == invented[operation.code][1]
    await soap.transport.close()
