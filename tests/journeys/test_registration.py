"""A steward's path: a WSDL becomes fields, is marked, published, asked, changes, and is taken out of force.

The system behind it is a page of SOAP that this test says; all else is the running node and its commands.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.house.tree import ROOT
from tests.journeys.node import Node, running

DOCUMENT = ROOT / "tests" / "museum" / "wsdl" / "registry.wsdl"
PROVIDER = "GT/GOV/3001/museo"
SERVICE = f"{PROVIDER}/personas"
CONSUMER = "GT/GOV/1001/ventanilla"
LIVE_SECONDS_MAX = 10.0
"""What is published is live within a second; a busy machine may take longer to tell."""

REPLY = """<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>
<r:consultarPersonaResponse xmlns:r="urn:museum:registry" xmlns:p="urn:museum:people"><persona version="1">
<p:cui>0012345670101</p:cui><p:nombres>Ixchel Ñ</p:nombres><p:fecha_nacimiento>1990-02-28</p:fecha_nacimiento>
<p:fallecida>false</p:fallecida><p:folio>9007199254740993</p:folio><p:estado_civil>soltera</p:estado_civil>
</persona></r:consultarPersonaResponse></e:Body></e:Envelope>"""


class Registry(BaseHTTPRequestHandler):
    """Answers every call with the same person."""

    def do_GET(self) -> None:
        """Be there."""
        self.answer(b"a registry", "text/plain")

    def do_POST(self) -> None:
        """Give the person."""
        self.rfile.read(int(self.headers["content-length"]))
        self.answer(REPLY.encode(), "text/xml; charset=utf-8")

    def answer(self, body: bytes, kind: str) -> None:
        """Send a page."""
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def registry() -> Iterator[str]:
    """Serve the registry and give its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One running node for the whole path."""
    with running(tmp_path_factory.mktemp("node") / "home") as started:
        yield started


def done(node: Node, *arguments: str) -> str:
    """Run a command that must succeed and give what it said."""
    ended = node.sacbe(*arguments)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def refused(node: Node, *arguments: str) -> str:
    """Run a command that must be refused in plain words and give them."""
    ended = node.sacbe(*arguments)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stderr


def asked(node: Node, query: str, *, until: str) -> Any:
    """Ask until the answer holds a text; changes reach the serving processes within a second."""
    end = time.monotonic() + LIVE_SECONDS_MAX
    while True:
        answer = node.ask(query, token=node.demo["token"])
        if until in msgspec.json.encode(answer).decode():
            return answer
        assert time.monotonic() < end, answer
        time.sleep(0.1)


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ministry's document, which it will change."""
    copy = tmp_path_factory.mktemp("ministry") / "museo.wsdl"
    copy.write_text(DOCUMENT.read_text(encoding="utf-8"), encoding="utf-8")
    return copy


@pytest.fixture(scope="module")
def published(node: Node, document: Path) -> Iterator[Node]:
    """The node with the registry registered, marked, published and granted."""
    with registry() as endpoint:
        registers(node, document, endpoint)
        is_marked(node)
        done(node, "access", "grant", CONSUMER, SERVICE, "--purpose", "Pruebas")
        yield node


QUERY = '{ exchange { museo { persona(cui: "0012345670101") { cui nombres folio } } } }'
PERSON = {"cui": "0012345670101", "nombres": "Ixchel Ñ", "folio": "9007199254740993"}


def test_a_document_becomes_fields(published: Node) -> None:
    """What was described, registered, marked and published answers under the steward's alias."""
    assert asked(published, QUERY, until="Ixchel")["data"]["exchange"]["museo"]["persona"] == PERSON


def test_a_sample_holds_nothing_of_the_answer(published: Node) -> None:
    """What the system answers is replaced on the way; the sample is shown, and removed."""
    operation, arguments = f"{SERVICE}/consultarPersona", msgspec.json.encode({"cui": PERSON["cui"]}).decode()
    recorded = published.sacbe("sandbox", "record", operation, "--arguments", "-", "--json", typed=arguments)
    assert recorded.returncode == 0, recorded.stderr
    sample = msgspec.json.decode(recorded.stdout)["sample"]
    assert sample.keys() >= PERSON.keys()
    assert not [real for real in PERSON.values() if real in recorded.stdout]
    assert msgspec.json.decode(done(published, "sandbox", "show", operation, "--json"))["sample"] == sample
    done(published, "sandbox", "remove", operation)
    assert refused(published, "sandbox", "show", operation).startswith("SACBE-316")


def test_a_change_is_told_refused_and_accepted(published: Node, document: Path) -> None:
    """A document that changed is told, compared and refused; alias and marks stay when it is accepted."""
    changes(published, document)
    assert asked(published, QUERY, until="Ixchel")["data"]["exchange"]["museo"]["persona"] == PERSON


def test_what_is_suspended_is_gone(published: Node) -> None:
    """The fields leave the schema of the running node."""
    done(published, "adapter", "suspend", SERVICE)
    asked(published, QUERY, until="SACBE-102")


def registers(node: Node, document: Path, endpoint: str) -> None:
    """The fields are shown before anything is stored; what sounds personal is proposed."""
    assert "consultarPersona(" in done(node, "adapter", "describe", str(document))
    done(node, "member", "add", "GT/GOV/3001", "--title", "Museo")
    done(node, "member", "add", PROVIDER, "--title", "Museo", "--alias", "museo")
    said = done(
        node, "adapter", "register", PROVIDER,
        "--name", "personas", "--source", str(document), "--endpoint", endpoint,
    )  # fmt: skip
    assert f"sacbe adapter mark {SERVICE} consultarPersona --personal --person arguments/cui" in said


def is_marked(node: Node) -> None:
    """A personal operation is not published without its place, and a wrong place is answered with the right ones."""
    done(node, "adapter", "mark", SERVICE, "consultarPersona", "--personal", "--alias", "persona")
    assert refused(node, "adapter", "publish", SERVICE).startswith("SACBE-417")
    wrong = refused(node, "adapter", "mark", SERVICE, "consultarPersona", "--person", "arguments/dpi")
    assert wrong.startswith("SACBE-418")
    assert "arguments/cui" in wrong
    done(node, "adapter", "mark", SERVICE, "consultarPersona", "--person", "arguments/cui", "--person", "result/cui")
    assert "4 operations" in done(node, "adapter", "publish", SERVICE)


def changes(node: Node, document: Path) -> None:
    """A changed document is told by `check`, compared by `diff`, refused by `publish` and then accepted."""
    text = document.read_text(encoding="utf-8")
    required = '<xs:element name="nombres" type="xs:string"/>'
    assert required in text
    document.write_text(text.replace(required, required.replace("/>", ' minOccurs="0"/>')), encoding="utf-8")
    checked = msgspec.json.decode(done(node, "adapter", "check", SERVICE, "--json"))
    assert (checked["healthy"], checked["drift"]["documents"]) == (True, [str(document)])
    assert checked["drift"]["breaks"]
    done(node, "adapter", "register", PROVIDER, "--name", "personas", "--source", str(document))
    assert "consultarPersona result/nombres: it may be null now (breaking)" in done(node, "adapter", "diff", SERVICE)
    said = refused(node, "adapter", "publish", SERVICE)
    assert said.startswith("SACBE-416")
    assert "1 consumer has rights" in said
    done(node, "adapter", "publish", SERVICE, "--accept-breaking")
