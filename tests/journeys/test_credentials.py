"""A steward's system that wants to know who calls: from her command to a consumer's answer."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.doorkeeper import Heard, keeping
from tests.adapters.wire import http
from tests.journeys.node import Node, running

PROVIDER = "GT/GOV/2001/registro-civil"
SERVICE = f"{PROVIDER}/expedientes"
CONSUMER = "GT/GOV/1001/ventanilla"
KEY = "hunter2-of-the-ministry"

OPENAPI = """
openapi: 3.0.3
info: {title: Expedientes, version: "1"}
components:
  securitySchemes:
    llave: {type: apiKey, in: header, name: X-Clave}
    tokens:
      type: oauth2
      flows: {clientCredentials: {tokenUrl: "https://tokens.example/token", scopes: {leer: Leer}}}
security: [{llave: []}, {tokens: [leer]}]
paths:
  /expedientes/{numero}:
    get:
      operationId: consultarExpediente
      parameters: [{name: numero, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: El expediente.
          content: {application/json: {schema: {type: object, properties: {estado: {type: string}}}}}
"""

QUERY = '{ exchange { renap { consultarExpediente(numero: "7") { estado } } } }'


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One running node for the whole path."""
    with running(tmp_path_factory.mktemp("node") / "home") as started:
        started.environment["SACBE_ALLOWED_NETWORKS"] = "127.0.0.0/8"
        yield started


async def answer(heard: Heard) -> bytes:
    """Let in who shows the key."""
    if heard.headers.get("x-clave") != KEY:
        return http(b"{}", status="401 Unauthorized", kind="application/json")
    return http(b'{"estado": "abierto"}', kind="application/json")


async def done(node: Node, *arguments: str, typed: str = "") -> str:
    """Run a command that must succeed, and give what it said."""
    ran = await asyncio.to_thread(node.sacbe, *arguments, typed=typed)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout + ran.stderr


async def test_from_the_command_to_the_answer(node: Node, tmp_path: Path) -> None:
    """Set, published, called, listed, removed; and nothing on the way shows the key."""
    document = tmp_path / "expedientes.yaml"
    document.write_text(OPENAPI)
    said = []
    async with keeping(answer) as door:
        registering = ("adapter", "register", PROVIDER, "--name", "expedientes", "--source", str(document))
        await done(node, *registering, "--endpoint", door.address())
        setting = ("adapter", "credential", "set", SERVICE, "--by", "ana", "--name")
        said.append(await done(node, *setting, "llave", typed=f"{KEY}\n"))
        refused = await asyncio.to_thread(node.sacbe, *setting, "tokens", "--client-id", "a", typed=KEY)
        assert refused.returncode == 2
        assert "give it with --token-address" in refused.stderr.replace("\n", " ")
        await done(node, "adapter", "publish", SERVICE)
        await done(node, "access", "grant", CONSUMER, SERVICE, "--purpose", "Resolver expedientes")
        given = await asyncio.to_thread(node.ask, QUERY, token=node.demo["token"])
        assert given["data"]["exchange"]["renap"]["consultarExpediente"] == {"estado": "abierto"}
        said.append(await done(node, "adapter", "credential", "list", SERVICE, "--json"))
        assert '"name": "llave"' in said[-1]
        assert '"set_by": "ana"' in said[-1]
        assert '"token_address": "https://tokens.example/token"' in said[-1], "what is asked for and not given"
        await done(node, "adapter", "credential", "remove", SERVICE, "llave")
        assert (node.home / "secrets-key").stat().st_mode & 0o777 == 0o600
    log = (node.home.parent / f"{node.home.name}.log").read_text()
    assert KEY not in log + "".join(said)


async def test_a_secret_is_never_an_argument(node: Node) -> None:
    """No option takes one, and what cannot be used is told without it."""
    options = await done(node, "adapter", "credential", "set", "--help")
    assert not {"--password", "--secret ", "--token ", "--value"} & {line.strip()[:10] for line in options.splitlines()}
    refused = await asyncio.to_thread(
        node.sacbe, "adapter", "credential", "set", f"{PROVIDER}/nada", "--kind", "bearer", typed=KEY
    )
    assert refused.returncode == 1
    assert refused.stderr.startswith("SACBE-413")
    assert KEY not in refused.stderr + refused.stdout
