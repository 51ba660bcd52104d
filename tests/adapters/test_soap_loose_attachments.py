"""Files beside SOAP messages that no document names: shown where there are signs of them or a steward says so."""

import base64
import email
from collections.abc import AsyncIterator
from email.message import Message
from ipaddress import ip_network
from typing import Any

import pytest

from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.soap.multipart import PARTS_MAX
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.choices import OperationChoice, applied
from sacbe_terms.descriptions import Description, Record
from sacbe_terms.errors import ArgumentsNotValid
from sacbe_terms.exchange import Endpoint, Reply
from tests.adapters.reading import MUSEUM, call, read
from tests.adapters.wire import http, saying

PDF = b"%PDF-1.7\r\n-limite\r\n\0\xff"
FILE = {"name": "plano", "contentType": "application/pdf", "fileName": "plano.pdf", "content": "YQ=="}


@pytest.fixture
async def soap() -> AsyncIterator[SoapAdapter]:
    """An adapter that may go to loopback."""
    adapter = SoapAdapter(HttpTransport([ip_network("127.0.0.0/8")]))
    yield adapter
    await adapter.transport.close()


def description(**chosen: bool) -> Description:
    """The museum's description, with a steward's choices."""
    choices = {code: OperationChoice(attachments=attachments) for code, attachments in chosen.items()}
    return applied(read(MUSEUM / "loose-attachments.wsdl"), choices)


def shape(found: Description, code: str) -> tuple[list[str], str, list[str]]:
    """The names of an operation's arguments, of its result's type, and of what stands in it."""
    operation = found.operation(code)
    assert operation is not None
    named = found.types.get(operation.result.type)
    inside = [field.name for field in named.fields] if isinstance(named, Record) else []
    return [argument.name for argument in operation.arguments], operation.result.type, inside


def related(inside: str, *parts: bytes) -> bytes:
    """An HTTP reply of several parts, each with its own headers."""
    envelope = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:museum:loose">'
        f"<e:Body>{inside}</e:Body></e:Envelope>"
    ).encode()
    pieces = [b"Content-Type: text/xml\r\n\r\n" + envelope, *parts]
    body = b"".join(b"--limite\r\n" + piece + b"\r\n" for piece in pieces) + b"--limite--"
    return http(body, kind='multipart/related; type="text/xml"; boundary=limite')


async def replied(
    soap: SoapAdapter, code: str, arguments: dict[str, Any], reply: bytes, *, is_lenient: bool = False
) -> Reply:
    """What a call gives for a reply."""
    async with saying(reply) as wire:
        endpoint = Endpoint(address=wire.address, is_lenient=is_lenient)
        return await call(soap, description(), code, arguments, endpoint)


async def sent(soap: SoapAdapter, arguments: dict[str, Any]) -> list[Message]:
    """The parts that go out, read by Python's own parser; one where nothing stands beside the message."""
    async with saying(related("<guardarAdjuntosResponse/>")) as wire:
        await call(soap, description(), "guardarAdjuntos", arguments, Endpoint(address=wire.address))
    head, _, text = wire.heard[0][0].partition("\r\n\r\n")
    kind = head.partition("content-type: ")[2].partition("\r\n")[0]
    message = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + text.encode())
    payload = message.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else [message]


def test_signs_of_loose_attachments_are_seen() -> None:
    """A binding of several parts that names none, and an operation of X-Road's named after files that has none."""
    found = description()
    assert shape(found, "archivar") == (
        ["titulo", "attachments"],
        "ArchivarWithAttachments",
        ["archivarResponse", "attachments"],
    )
    assert shape(found, "guardarAdjuntos") == (
        ["attachments"],
        "GuardarAdjuntosWithAttachments",
        ["done", "attachments"],
    )
    assert shape(found, "verAdjunto") == ([], "Base64Binary", [])
    assert shape(found, "contar") == ([], "Int", [])


def test_a_steward_shows_and_hides_them() -> None:
    """The choice counts, whatever the document looks like, and a name that is taken is not taken twice."""
    found = description(contar=True, archivar=False, guardarAdjuntos=True)
    assert shape(found, "contar") == (["attachments"], "ContarWithAttachments", ["attachments", "attachmentsBeside"])
    assert shape(found, "archivar") == (["titulo"], "ArchivarResponse", ["folio", "paginas"])
    assert shape(found, "guardarAdjuntos") == shape(description(), "guardarAdjuntos")
    assert [name for name in found.types if name.startswith("Attachment")] == ["Attachment"]


async def test_files_come_out_in_their_order(soap: SoapAdapter) -> None:
    """Each with its name, its type, the name of its file and its bytes, beside the answer itself."""
    reply = related(
        "<archivarResponse><folio>7</folio><paginas>2</paginas></archivarResponse>",
        b"Content-Type: application/pdf\r\nContent-ID: <a@b>\r\n"
        b'Content-Disposition: attachment; filename="pla\\"no.pdf"\r\n\r\n' + PDF,
        b"Content-Disposition: attachment; filename*=UTF-8''plano%20%C3%B1.pdf\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nYQ==",
    )
    assert (await replied(soap, "archivar", {"titulo": "a"}, reply)).value == {
        "archivarResponse": {"folio": "7", "paginas": 2},
        "attachments": [
            {
                "name": "a@b",
                "contentType": "application/pdf",
                "fileName": 'pla"no.pdf',
                "content": base64.b64encode(PDF).decode(),
            },
            {"contentType": "text/plain", "fileName": "plano ñ.pdf", "content": "YQ=="},
        ],
    }


async def test_an_answer_without_files_has_none(soap: SoapAdapter) -> None:
    """The list is empty; an operation that does not show them answers as ever, whatever stands beside its message."""
    alone = related("<archivarResponse><folio>7</folio><paginas>2</paginas></archivarResponse>")
    value = {"archivarResponse": {"folio": "7", "paginas": 2}, "attachments": []}
    assert (await replied(soap, "archivar", {"titulo": "a"}, alone)).value == value
    counted = related("<contarResponse><attachments>1</attachments></contarResponse>", b"\r\nfile")
    assert (await replied(soap, "contar", {}, counted)).value == 1


async def test_an_answer_that_promises_nothing_has_its_files(soap: SoapAdapter) -> None:
    """Files are given beside the word that it is done."""
    reply = related("<guardarAdjuntosResponse/>", b"\r\nfile")
    value = {"done": True, "attachments": [{"contentType": "text/plain", "content": "ZmlsZQ=="}]}
    assert (await replied(soap, "guardarAdjuntos", {}, reply)).value == value


async def test_files_go_out_as_they_are_given(soap: SoapAdapter) -> None:
    """In their order, under their names; what is not told of one is made up without a clash."""
    spanish = {"fileName": "plano ñ.pdf", "content": "Yg=="}
    root, first, second = await sent(soap, {"attachments": [FILE, spanish]})
    assert "guardarAdjuntos" in str(root.get_payload())
    assert (first["Content-ID"], first.get_content_type(), first.get_filename()) == (
        "<plano>",
        "application/pdf",
        "plano.pdf",
    )
    assert [part.get_payload(decode=True) for part in (first, second)] == [b"a", b"b"]
    assert str(second["Content-ID"]).endswith("@sacbe>")
    assert (second.get_content_type(), second.get_filename()) == ("application/octet-stream", "plano ñ.pdf")


async def test_without_files_a_message_goes_alone(soap: SoapAdapter) -> None:
    """Nothing changes for who attaches nothing, or an empty list."""
    nothing: list[dict[str, Any]] = [{}, {"attachments": []}, {"attachments": None}]
    for arguments in nothing:
        (root,) = await sent(soap, arguments)
        assert root.get_content_type() == "text/xml"


@pytest.mark.parametrize(
    ("files", "where"),
    [
        ([{**FILE, "name": "a\r\nb"}], "attachments.0.name"),
        ([{**FILE, "name": "a>b"}], "attachments.0.name"),
        ([{**FILE, "name": "ñ"}], "attachments.0.name"),
        ([{**FILE, "name": ""}], "attachments.0.name"),
        ([FILE, {**FILE, "name": "b", "contentType": "text"}], "attachments.1.contentType"),
        ([{**FILE, "contentType": "text/plain\r\nX: y"}], "attachments.0.contentType"),
        ([{**FILE, "fileName": "a\nb"}], "attachments.0.fileName"),
        ([{**FILE, "content": "no"}], "attachments.0.content"),
        ([FILE, FILE], "attachments"),
        ([{"content": ""}] * PARTS_MAX, "attachments"),
    ],
    ids=["break", "bracket", "letter", "empty", "no-type", "type-break", "file-break", "base64", "twice", "many"],
)
async def test_a_file_that_no_part_can_carry_is_refused(soap: SoapAdapter, files: list[Any], where: str) -> None:
    """Before anything is sent, with the way to what is wrong."""
    async with saying(related("<guardarAdjuntosResponse/>")) as wire:
        with pytest.raises(ArgumentsNotValid) as caught:
            await call(soap, description(), "guardarAdjuntos", {"attachments": files}, Endpoint(address=wire.address))
    assert caught.value.where == where
    assert wire.heard == []


async def test_a_lenient_endpoint_tells_where_the_answer_stands(soap: SoapAdapter) -> None:
    """What is forgiven is told from the record that holds answer and files."""
    reply = related("<archivarResponse><folio>7</folio><paginas>2</paginas><x/></archivarResponse>", b"\r\nfile")
    found = await replied(soap, "archivar", {"titulo": "a"}, reply, is_lenient=True)
    assert isinstance(found.value, dict)
    assert len(found.value["attachments"]) == 1
    assert [problem.where for problem in found.problems] == ["archivarResponse"]
