"""References of OpenAPI: to other files, back again, by identifier and anchor, and to nothing."""

import hashlib
from pathlib import Path

import pytest

from sacbe_adapters.contract import DescriptionSource
from sacbe_adapters.rest import bundle
from sacbe_adapters.rest.adapter import RestAdapter
from sacbe_adapters.rest.describe import describe
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.errors import DescriptionNotReadable
from tests.adapters.openapi_museum import MUSEUM, fields, read, uncovered

PERSONA = '{"type": "object", "properties": {"nombre": {"type": "string"}}}'


def pointing_to(reference: str) -> bytes:
    """Give a document whose only answer is a reference."""
    answer = f'{{"description": "a", "content": {{"application/json": {{"schema": {{"$ref": "{reference}"}}}}}}}}'
    return f'{{"openapi": "3.1.0", "paths": {{"/a": {{"get": {{"responses": {{"200": {answer}}}}}}}}}}}'.encode()


def test_follows_references_into_files() -> None:
    """Paths, parameters, answers and schemas of other files are read, wherever each is relative to."""
    description = read("references-to-files.yaml")
    operation = description.operations[0]
    assert (operation.code, operation.arguments[0].name, operation.result.type) == ("persona", "cui", "PersonaResult")
    assert {name: field.type for name, field in fields(description, "PersonaResult").items()} == {
        "cui": "String",
        "madre": "Persona",
        "lugar": "Lugar",
        "estado": "Estado",
    }
    assert fields(description, "Lugar")["habitantes"].type == "Persona"


def test_pins_every_document() -> None:
    """Each document that was read is a source, with its digest."""
    sources = {Path(one.location).name: one.sha256 for one in read("references-to-files.yaml").sources}
    assert sources.keys() == {"references-to-files.yaml", "paths.yaml", "persona.json", "answers.yaml"}
    assert sources["persona.json"] == hashlib.sha256((MUSEUM / "parts" / "persona.json").read_bytes()).hexdigest()


def test_says_which_references_lead_nowhere() -> None:
    """What cannot be had is left out with its place and the reason; the rest is offered."""
    assert uncovered(read("references-to-files.yaml")) == {
        "#/paths/~1ausente": (
            "'parts/no-hay.yaml#/ausente' leads out of the document: "
            "'no-hay.yaml' cannot be read: There is no such file"
        ),
        "#/paths/~1fuera/get/responses/200": (
            "'https://otro.example/respuestas.yaml#/Una' leads out of the document: "
            "'respuestas.yaml' cannot be read: The address is not allowed, so the answer is JSON"
        ),
    }


def test_identifiers_and_anchors() -> None:
    """A schema is found by its `$id` and its `$anchor`, relative to the nearest `$id`."""
    description = read("identifiers.yaml")
    assert {name: field.type for name, field in fields(description, "P").items()} == {
        "nombre": "String",
        "lugar": "L",
        "apodo": "String",
    }
    assert description.uncovered == ()


AUSENTE = "#/paths/~1personas~1{cui}/get/responses/200/content/application~1json/schema"
"""Where the reference to nothing stands."""


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("half-broken-reference.yaml", "'#/components/schemas/Ausente' leads nowhere, so the value is JSON"),
        ("reference-circle.yaml", "references lead in a circle, so the value is JSON"),
    ],
)
def test_a_broken_reference_costs_one_value(name: str, reason: str) -> None:
    """A reference to nothing or in a circle makes one value JSON, and says so."""
    description = read(name)
    assert description.operations[0].result.type == "JSON"
    assert reason in uncovered(description).values()


def test_a_document_without_one_whole_operation_is_refused() -> None:
    """Where every operation meets a reference that leads nowhere, the place is told and nothing is offered."""
    with pytest.raises(DescriptionNotReadable, match="leads nowhere") as caught:
        read("broken-reference.yaml")
    assert caught.value.where.endswith("broken-reference.yaml" + AUSENTE)


def test_endless_references_end() -> None:
    """A document that names ever more documents is read up to a limit, and costs nothing more."""
    asked = []

    def another(location: str, named_at: str) -> bytes:
        asked.append((location, named_at))
        return f'{{"$ref": "{len(asked)}.json"}}'.encode()

    description = describe(pointing_to("0.json"), "a.json", another)
    assert description.operations[0].result.type == "JSON"
    assert len(asked) <= bundle.DOCUMENTS_MAX


def test_large_documents_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents that are larger together than the limit are not taken in."""
    monkeypatch.setattr(bundle, "BUNDLE_BYTES_MAX", 1000)
    description = describe(pointing_to("b.json"), "a.json", lambda _location, _at: PERSONA.encode() + b" " * 1000)
    assert "larger than 1000 bytes together" in description.uncovered[0].reason


async def test_the_adapter_reads_files_beside_and_no_others(tmp_path: Path) -> None:
    """The adapter fetches what lies beside the given file; a file outside its folder is refused."""
    (tmp_path / "secreto.json").write_text(PERSONA)
    folder = tmp_path / "documentos"
    folder.mkdir()
    (folder / "persona.json").write_text(PERSONA)
    transport = HttpTransport([])
    for reference, result in (("persona.json", "Persona"), ("../secreto.json", "JSON")):
        (folder / "openapi.json").write_bytes(pointing_to(reference))
        described = await RestAdapter(transport).describe(DescriptionSource(location=str(folder / "openapi.json")))
        assert described.operations[0].result.type == result
    await transport.close()
