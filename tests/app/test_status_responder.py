"""The development authority's responder over HTTP: as the standard has it, and unmoved by what is no question."""

import socket
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from urllib.parse import quote, urlsplit

import httpx
import pytest
from cryptography.x509.ocsp import OCSPCertStatus

from sacbe.demonstration import status_responder
from sacbe_signing.authority import DevelopmentAuthority
from sacbe_signing.ocsp import answer
from sacbe_signing.ocsp.question import Question
from sacbe_signing.ocsp.responder import REQUEST_BYTES_MAX


@pytest.fixture
def authority(tmp_path: Path) -> DevelopmentAuthority:
    """An authority in this folder."""
    return DevelopmentAuthority(tmp_path, b"a passphrase for tests")


@pytest.fixture
def caller(authority: DevelopmentAuthority, tmp_path: Path) -> Iterator[httpx.Client]:
    """A caller of its responder."""
    listening = status_responder.listen(tmp_path)
    with (
        status_responder.server(listening, authority.responder()) as server,
        httpx.Client(base_url=status_responder.address(listening), timeout=10) as client,
    ):
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield client
        server.shutdown()


def asked(authority: DevelopmentAuthority) -> Question:
    """Ask about the node's certificate."""
    trust = authority.trust()
    return Question.about(trust.nodes[0], trust.authorities[0])


def test_questions_come_by_get_and_by_post(authority: DevelopmentAuthority, caller: httpx.Client) -> None:
    """Both forms of RFC 6960, appendix A.1, get the same signed answer."""
    question = asked(authority)
    answers = [
        caller.get(f"/{quote(b64encode(question.der()), safe='')}"),
        caller.post("/", content=question.der(), headers={"content-type": "application/ocsp-request"}),
    ]
    for each in answers:
        assert each.headers["content-type"] == "application/ocsp-response"
        assert answer.read(each.content, question, datetime.now(UTC)).state is OCSPCertStatus.GOOD


def test_what_is_no_question_is_refused(authority: DevelopmentAuthority, caller: httpx.Client) -> None:
    """What is not base64, has no length, or is too large, and it answers the next one all the same."""
    assert caller.get("/not%20base64").status_code == 400
    assert caller.post("/", content=iter([b"chunked"])).status_code == 411
    assert raw(caller, b"POST / HTTP/1.1\r\ncontent-length: \xb2\r\n\r\n").startswith(b"HTTP/1.1 411 ")
    assert caller.post("/", content=b"0" * (REQUEST_BYTES_MAX + 1)).status_code == 413
    assert caller.post("/", content=b"garbage").content == b"\x30\x03\x0a\x01\x01", "malformedRequest"
    assert caller.post("/", content=asked(authority).der()).status_code == 200


def raw(caller: httpx.Client, request: bytes) -> bytes:
    """Send what no client sends, and give the first of the answer."""
    with socket.create_connection(("127.0.0.1", caller.base_url.port or 0), timeout=10) as connection:
        connection.sendall(request)
        return connection.recv(4096)


def test_a_restart_keeps_the_port(authority: DevelopmentAuthority, tmp_path: Path) -> None:
    """Since certificates name it; where another has taken it, another is found."""
    with status_responder.listen(tmp_path) as first:
        authority.answers_at(status_responder.address(first))
        with status_responder.listen(tmp_path) as beside:
            assert status_responder.address(beside) != status_responder.address(first)
    with status_responder.listen(tmp_path) as again:
        address = status_responder.address(again)
    assert urlsplit(address).port == urlsplit(DevelopmentAuthority.responder_address(tmp_path)).port
