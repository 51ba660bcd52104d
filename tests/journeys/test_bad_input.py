"""What is wrong is refused with one located, plain error and exit status 1, and nothing is stored."""

from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.house.tree import ROOT
from tests.journeys.node import Node, running

WSDL = ROOT / "tests" / "museum" / "wsdl"
OPENAPI = ROOT / "tests" / "museum" / "openapi"
PROVIDER = "GT/GOV/2001/registro-civil"
COUNTS = (
    "SELECT (SELECT count(*) FROM catalog.description), (SELECT count(*) FROM catalog.node), "
    "(SELECT count(*) FROM bus.agreement)"
)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One running node for all that is tried."""
    with running(tmp_path_factory.mktemp("node") / "home") as started:
        yield started


async def counted(node: Node) -> list[int]:
    """Count what is stored."""
    connection = await asyncpg.connect(node.demo["database_url"])
    try:
        row = await connection.fetchrow(COUNTS)
        return list(row)
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("document", "code", "said"),
    [
        (WSDL / "not-xml.wsdl", "SACBE-401", "not-xml.wsdl:1:1"),
        (WSDL / "doctype.wsdl", "SACBE-401", "DOCTYPE"),
        (WSDL / "import-private-address.wsdl", "SACBE-407", "address"),
        (OPENAPI / "broken-reference.yaml", "SACBE-401", "#/"),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else "",
)
async def test_a_description_that_cannot_be_used(node: Node, document: Path, code: str, said: str) -> None:
    """The document is named with the place and the reason, and no draft is kept."""
    before = await counted(node)
    refused = node.sacbe(
        "adapter",
        "register",
        PROVIDER,
        "--name",
        "malo",
        "--source",
        str(document),
        "--endpoint",
        "http://127.0.0.1:1/",
    )
    assert refused.returncode == 1
    assert refused.stderr.startswith(code)
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr
    assert await counted(node) == before


@pytest.mark.parametrize("path", ["/", "/oauth/token", "/explore", "/buscar", "/nada", "/listClients"])
@pytest.mark.parametrize("listener", ["portal_url", "members_url"])
async def test_a_web_socket_where_there_is_none(node: Node, listener: str, path: str) -> None:
    """Only `/graphql` speaks WebSocket; everywhere else the handshake is refused."""
    address = node.demo[listener].replace("http", "ws", 1).rstrip("/") + path
    with pytest.raises(InvalidStatus) as refused:
        async with connect(address):
            pass
    assert refused.value.response.status_code == 403


async def test_a_file_with_three_wrong_rows(node: Node, tmp_path: Path) -> None:
    """All three rows are named at once, and the right ones beside them are not imported either."""
    rows = [
        "id,title,institution,description,requirements,cost_amount,cost_currency,cost_text,processing_time,"
        "channels,life_events,audience,keywords,legal_basis",
        "bueno,Un trámite,renap,Sirve para algo,,10.00,GTQ,,,,,,,",
        "malo-1,,renap,No tiene título,,,,,,,,,,",
        "malo-2,Otro trámite,nadie,Su institución no existe,,,,,,,,,,",
        "malo-3,Un tercero,renap,Su costo no es un número,,mucho,GTQ,,,,,,,",
    ]
    file = tmp_path / "servicios.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    before = await counted(node)
    refused = node.sacbe("catalog", "import", str(file))
    assert refused.returncode == 1
    assert refused.stderr.startswith("SACBE-202")
    assert "3 problems" in refused.stderr
    assert [place for place in ("row 3", "row 4", "row 5") if place in refused.stderr] == ["row 3", "row 4", "row 5"]
    assert await counted(node) == before


def test_a_second_node_on_the_same_home(node: Node) -> None:
    """A second `sacbe up` beside the first is told so, and the first goes on."""
    second = node.sacbe("up")
    assert second.returncode == 1
    assert second.stderr.startswith("SACBE-904")
    assert node.get("/")[0] == 200


def test_a_port_that_is_taken(node: Node, tmp_path: Path) -> None:
    """A taken port is named, with the ways to choose another, before anything is started."""
    taken = node.demo["portal_url"].rpartition(":")[2]
    refused = Node(tmp_path, node.environment | {"SACBE_HOME": str(tmp_path)}).sacbe("up", "--port", taken)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"SACBE-901: Port {taken}")
    assert "--port" in refused.stderr
    assert not refused.stdout


def test_production_refuses_what_is_for_demonstration(node: Node) -> None:
    """`sacbe serve` names each setting that is not fit."""
    refused = node.sacbe("serve")
    assert refused.returncode == 1
    assert "SACBE_DATABASE_URL" in refused.stderr
    assert "SACBE_KEY_PASSWORD" in refused.stderr
    assert "SACBE_SECRETS_KEY" in refused.stderr


def test_what_is_no_identifier_is_explained(node: Node) -> None:
    """A mistyped identifier is refused with the form that is expected."""
    refused = node.sacbe("access", "grant", "GT/GOV", "GT/GOV/1", "--purpose", "x")
    assert refused.returncode == 2
    assert "does not name a subsystem" in refused.stderr
