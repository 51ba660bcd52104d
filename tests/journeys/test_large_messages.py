"""A node that carries several messages of nearly the largest size at once stays as small as it was."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.journeys.node import Node, running
from tests.journeys.warehouse import CLIENT, PATH, PIECE, Warehouse, register, warehouse

MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Node, Warehouse]]:
    """A node of its own, with a ministry of large things."""
    folder = tmp_path_factory.mktemp("large")
    with warehouse() as stock, running(folder / "home") as node:
        register(node, stock, folder)
        yield node, stock


def pieces(size: int) -> Iterator[bytes]:
    """Give so many bytes, piece by piece."""
    for start in range(0, size, len(PIECE)):
        yield PIECE[: size - start]


def digest_of(size: int) -> str:
    """Give the digest of so many bytes."""
    digest = sha256()
    for piece in pieces(size):
        digest.update(piece)
    return digest.hexdigest()


def given(node: Node, size: int) -> str:
    """Send so many bytes, which the ministry takes; give the digest that it tells."""
    headers = {**CLIENT, "content-type": "application/octet-stream", "content-length": str(size)}
    with closing(connected(node)) as connection:
        connection.request("POST", f"{PATH}/cosas", body=pieces(size), headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        return answer.read().decode()


def taken(node: Node, size: int) -> str:
    """Ask for so many bytes; give the digest of what comes."""
    digest = sha256()
    with closing(connected(node)) as connection:
        connection.request("GET", f"{PATH}/cosas/{size}", headers=CLIENT)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        while piece := answer.read(len(PIECE)):
            digest.update(piece)
    return digest.hexdigest()


def connected(node: Node) -> http.client.HTTPConnection:
    """Connect to the members' listener."""
    return http.client.HTTPConnection(urlsplit(node.demo["members_url"]).netloc, timeout=120)


def at_once(ways: list[Callable[[], str]]) -> list[str]:
    """Do all of it at the same time."""
    results = [""] * len(ways)

    def do(place: int) -> None:
        results[place] = ways[place]()

    threads = [threading.Thread(target=do, args=(place,)) for place in range(len(ways))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def peaks(node: Node) -> dict[int, int]:
    """Give the most memory that each process of the node ever held, in bytes."""
    found: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
            command = (folder / "cmdline").read_bytes()
            status = (folder / "status").read_text()
        except OSError:  # it has ended, or is another's
            continue
        if f"SACBE_HOME={node.home}\0".encode() in environment + b"\0" and b"\0sacbe\0" in command:
            peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
            found[int(folder.name)] = int(peak.split()[1]) * 1024
    return found


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize(
    ("size", "count", "growth_max"),
    [(60 * MEBIBYTE, 5, 64 * MEBIBYTE), (9 * MEBIBYTE, 20, 160 * MEBIBYTE)],
    ids=["beyond the log", "within the log"],
)
def test_memory_stays_bounded(counter: tuple[Node, Warehouse], size: int, count: int, growth_max: int) -> None:
    """So many at once in both directions are carried byte for byte, and no process grows by what they hold."""
    node, stock = counter
    assert (given(node, 1000), taken(node, 1000)) == (digest_of(1000),) * 2
    before = peaks(node)
    assert before
    ways = [lambda: given(node, size), lambda: taken(node, size)] * count
    assert set(at_once(ways)) == {digest_of(size)}
    after = peaks(node)
    grown = {process: peak - before.get(process, 0) for process, peak in after.items()}
    assert max(grown.values()) < growth_max, grown
    assert stock.taken.count((digest_of(size), size)) == count
