"""REST against frameworks that are not ours: their servers, their own documents, our calls.

litestar publishes OpenAPI 3.1, fastify 3.0. Each serves the same desk, which gives back what it
understood, so that what we wrote is judged by the one who reads it.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from sacbe_adapters.contract import DescriptionSource
from sacbe_adapters.rest.adapter import RestAdapter
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.descriptions import Description
from sacbe_terms.errors import LegacySystemFault
from sacbe_terms.exchange import Call, Endpoint

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NODE_MODULES = os.environ.get("SACBE_TEST_NODE_MODULES", "")
"""Where `.ci/run` has put fastify and its plugins."""
CALL_SECONDS_MAX = 20.0


@dataclass(frozen=True)
class Desk:
    """A running server, as the adapter sees it."""

    adapter: RestAdapter
    description: Description
    address: str

    async def call(self, code: str, **arguments: Any) -> Any:
        """Call an operation and give its value."""
        operation = self.description.operation(code)
        assert operation is not None
        call = Call(
            name=f"GT/GOV/1/desk/desk/{code}",
            operation=operation,
            description=self.description,
            endpoint=Endpoint(address=self.address),
            arguments=arguments,
            deadline=time.monotonic() + CALL_SECONDS_MAX,
            message_id="1",
        )
        return (await self.adapter.call(call)).value


def _command(framework: str) -> list[str]:
    if framework == "litestar":
        return [sys.executable, "-m", "tests.adapters.litestar_desk"]
    node = shutil.which("node")
    if os.environ.get("SACBE_CI") != "1" and (node is None or not (Path(NODE_MODULES) / "fastify").is_dir()):
        pytest.skip("needs node and SACBE_TEST_NODE_MODULES with fastify")
    return [str(node), str(HERE / "fastify_desk.js")]


@pytest.fixture(scope="module", params=["litestar", "fastify"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """A desk of each framework, as a process on a free port of this machine."""
    environment = os.environ | {"NODE_PATH": NODE_MODULES}
    with subprocess.Popen(_command(request.param), cwd=ROOT, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        port = process.stdout.readline().decode().strip()
        assert port.isdecimal(), "the desk did not start"
        yield f"http://127.0.0.1:{port}"
        process.terminate()


@pytest.fixture
async def desk(address: str) -> AsyncIterator[Desk]:
    """The desk with the description of its own document, fetched over HTTP."""
    transport = HttpTransport([ip_network("127.0.0.0/8")])
    adapter = RestAdapter(transport)
    description = await adapter.describe(DescriptionSource(location=f"{address}/openapi.json"))
    yield Desk(adapter, description, address)
    await adapter.close()
    await transport.close()


def wire_name(desk: Desk, wire: str) -> str:
    """Give the argument of `eco` that has a name on the wire, however the framework spells it."""
    operation = desk.description.operation("eco")
    assert operation is not None
    return next(argument.name for argument in operation.arguments if argument.wire.lower() == wire)


async def test_parameters_arrive(desk: Desk) -> None:
    """Texts, numbers, lists, truths, headers and cookies arrive as they were given."""
    arguments = {
        "codigo": "a b%2F?ñ",
        "numero": "12345678901",
        "listas": ["a,b", "c&d=e", "ñ +"],
        "bandera": True,
        "opcional": "-7",
        wire_name(desk, "x-oficina"): "central, 2",
        wire_name(desk, "sesion"): "abc",
    }
    heard = await desk.call("eco", **arguments)
    assert heard["path"] == "a b%2F?ñ|12345678901"
    assert heard["query"] == [
        ["listas", "a,b"], ["listas", "c&d=e"], ["listas", "ñ +"], ["bandera", "True"], ["opcional", "-7"],
    ]  # fmt: skip
    assert (heard["header"], heard["cookie"]) == ("central, 2", "abc")


async def test_bodies_arrive(desk: Desk) -> None:
    """A card arrives as JSON and as a form, number by digits, and comes back the same."""
    card = {"nombre": "Ñandú & hijos=1", "edad": "40", "etiquetas": ["a b", "c"]}
    returned = await desk.call("ficha", body=card | {"monto": "1.25"})
    assert returned == card | {"monto": "1.25"}
    as_form = await desk.call("formulario", body=card)
    assert {key: as_form[key] for key in card} == card


async def test_files_arrive(desk: Desk) -> None:
    """Bytes and a text arrive in parts, the file with a name."""
    assert await desk.call("envio", body={"nota": "año", "archivo": "AP8K"}) == ["año", "archivo", "00ff0a"]


async def test_other_answers_are_read(desk: Desk) -> None:
    """Bytes come as base64, texts as they are."""
    assert (await desk.call("imagen"), await desk.call("texto")) == ("iVBORw==", "año\n")


async def test_the_frameworks_own_refusal_is_a_fault(desk: Desk) -> None:
    """What the framework says of a path that it does not know is a fault with its own words."""
    elsewhere = replace(desk, address=f"{desk.address}/nada")
    with pytest.raises(LegacySystemFault, match=r"(?i)not.found") as caught:
        await elsewhere.call("texto")
    assert caught.value.fault_code == "404"
