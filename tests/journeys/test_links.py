"""Two institutions become one query: both are published, a link is declared, and their systems count what they hear.

The systems are REST servers of this test; all else is the running node and its commands.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from tests.journeys.node import Node, running
from tests.journeys.test_registration import CONSUMER, asked, done, refused

PERSONS, BALANCES = "GT/GOV/3001/padron/personas", "GT/GOV/3002/caja/saldos"
LINK = ("link", "add", PERSONS)
FIELD = (f"{BALANCES}/consultarSaldo", "--argument", "cui=$cui")
BATCH = ("--batch", "consultarSaldos", "--batch-argument", "cuis", "--batch-match", "cui")
LISTED, DIFFERENT = 40, 8
"""Persons listed, and how many different ones they are."""


class System(ThreadingHTTPServer):
    """Remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.heard: list[str] = []


class Answers(BaseHTTPRequestHandler):
    """`/personas` lists persons, `/saldos/{cui}` gives a balance, `/saldos?cuis=` the balances of many."""

    server: System

    def do_GET(self) -> None:
        """Answer in JSON."""
        if self.path != "/":  # else somebody looks whether it is there
            self.server.heard.append(self.path)
        body = msgspec.json.encode(_answer(self.path))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _answer(path: str) -> object:
    asked_for = urlsplit(path)
    if asked_for.path == "/personas":
        return [{"cui": f"C{number % DIFFERENT}"} for number in range(LISTED)]
    keys = parse_qs(asked_for.query).get("cuis")
    if keys is None:
        return _balance(asked_for.path.rpartition("/")[2])
    return [_balance(key) for key in reversed(keys)]


def _balance(cui: str) -> dict[str, str]:
    return {"cui": cui, "monto": f"Q{cui}"}


@contextmanager
def system() -> Iterator[System]:
    """Run one for as long as the block lasts."""
    server = System()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def document(types: dict[str, list[str]], **operations: tuple[str, list[Any], str, bool]) -> bytes:
    """Give an OpenAPI document: records of texts, and reading operations with path, parameters and result."""
    paths: dict[str, Any] = {}
    for code, (path, parameters, result, is_list) in operations.items():
        one = {"$ref": f"#/components/schemas/{result}"}
        schema = {"type": "array", "items": one} if is_list else one
        answer = {"description": "bien", "content": {"application/json": {"schema": schema}}}
        paths[path] = {"get": {"operationId": code, "parameters": parameters, "responses": {"200": answer}}}
    schemas = {
        name: {"type": "object", "required": fields, "properties": {each: {"type": "string"} for each in fields}}
        for name, fields in types.items()
    }
    title = {"title": "Sistema", "version": "1"}
    return msgspec.json.encode({"openapi": "3.0.3", "info": title, "paths": paths, "components": {"schemas": schemas}})


KEY = [{"name": "cui", "in": "path", "required": True, "schema": {"type": "string"}}]
KEYS = [{"name": "cuis", "in": "query", "required": True, "schema": {"type": "array", "items": {"type": "string"}}}]
OF_PERSONS = document({"Persona": ["cui"]}, listarPersonas=("/personas", [], "Persona", True))
OF_BALANCES = document(
    {"Saldo": ["cui", "monto"]},
    consultarSaldo=("/saldos/{cui}", KEY, "Saldo", False),
    consultarSaldos=("/saldos", KEYS, "Saldo", True),
)
WITHOUT_ONE = document({"Saldo": ["cui", "monto"]}, consultarSaldos=("/saldos", KEYS, "Saldo", True))


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One running node for the whole path."""
    with running(tmp_path_factory.mktemp("node") / "home") as started:
        yield started


def publish(node: Node, service: str, content: bytes, endpoint: System, folder: Path) -> None:
    """Register an institution's system, publish it and give the consumer a right."""
    provider, _, name = service.rpartition("/")
    member, _, alias = provider.rpartition("/")
    source = folder / f"{name}.json"
    source.write_bytes(content)
    done(node, "member", "add", member, "--title", alias)
    done(node, "member", "add", provider, "--title", alias, "--alias", alias)
    done(
        node, "adapter", "register", provider, "--name", name, "--source", str(source),
        "--endpoint", f"http://127.0.0.1:{endpoint.server_port}",
    )  # fmt: skip
    done(node, "adapter", "publish", service)
    done(node, "access", "grant", CONSUMER, service, "--purpose", "Pruebas")


def joined(node: Node, field: str) -> list[Any]:
    """Ask for every person with her balance, until the schema has the field."""
    query = f"{{ exchange {{ padron {{ listarPersonas {{ cui {field} {{ monto }} }} }} }} }}"
    answer = asked(node, query, until='"data"')
    assert "errors" not in answer
    persons: list[Any] = answer["data"]["exchange"]["padron"]["listarPersonas"]
    assert [each[field]["monto"] for each in persons] == [f"Q{each['cui']}" for each in persons]
    messages: list[Any] = answer["extensions"]["sacbe"]["messages"]
    for message in messages:
        done(node, "log", "verify", "--message", message["id"])
    return messages


def test_a_link_is_declared_asked_and_taken_back(node: Node, tmp_path: Path) -> None:
    """Forty persons of eight numbers are eight calls one by one and one call by list, each call on record."""
    with system() as padron, system() as caja:
        publish(node, PERSONS, OF_PERSONS, padron, tmp_path)
        publish(node, BALANCES, OF_BALANCES, caja, tmp_path)
        wrong = refused(
            node, *LINK, "Persona.saldo", f"{BALANCES}/consultarSaldo", "--argument", "cui=$dpi", "--dry-run"
        )
        assert wrong.startswith("SACBE-113")
        assert "It fits" in done(node, *LINK, "Persona.saldo", *FIELD, "--dry-run")
        done(node, *LINK, "Persona.saldo", *FIELD)
        done(node, *LINK, "Persona.porLista", *FIELD, *BATCH)
        assert len(joined(node, "saldo")) == 1 + DIFFERENT
        assert sorted(caja.heard) == [f"/saldos/C{number}" for number in range(DIFFERENT)]
        caja.heard.clear()
        assert len(joined(node, "porLista")) == 2
        assert len(caja.heard) == 1
    its_end(node, tmp_path)


def its_end(node: Node, folder: Path) -> None:
    """A draft that would break links says so before it is published; what is suspended takes only its links along."""
    source = folder / "saldos.json"
    source.write_bytes(WITHOUT_ONE)
    done(node, "adapter", "register", "GT/GOV/3002/caja", "--name", "saldos", "--source", str(source))
    assert all(each["fits"] for each in links(node))
    assert [each["fits"] for each in links(node, "--draft", BALANCES) if each["service"] == PERSONS] == [False, False]
    done(node, "adapter", "suspend", BALANCES)
    asked(node, "{ exchange { padron { listarPersonas { saldo { monto } } } } }", until="SACBE-102")
    assert "data" in node.ask("{ exchange { providers { alias } } }", token=node.demo["token"])
    done(node, "link", "remove", PERSONS, "Persona.saldo")
    done(node, "link", "remove", PERSONS, "Persona.porLista")


def links(node: Node, *options: str) -> list[Any]:
    """Give what `sacbe link check` says of every link."""
    found: list[Any] = msgspec.json.decode(node.sacbe("link", "check", "--json", *options).stdout)["links"]
    assert found
    return found
