"""Faults that no program is asked about: the node killed while it waits, its database killed under load.

Whatever happens, the ministry hears a request once, what was given is on record once, and the node comes
back by itself.
"""

import asyncio
import http.client
import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.journeys.node import Node, running, start, stop
from tests.journeys.warehouse import CLIENT, PATH, SERVICE, Warehouse, register, warehouse

CALLERS, EACH = 8, 40
RETRIES_MAX = 100


@dataclass(frozen=True)
class Answer:
    """What a client was told; status 0 where the connection ended."""

    status: int
    error: str
    body: bytes


def ask(node: Node, path: str, message_id: str, content: bytes) -> Answer:
    """Send a changing request."""
    headers = {**CLIENT, "X-Road-Id": message_id, "content-type": "application/json"}
    netloc = urlsplit(node.demo["members_url"]).netloc
    with closing(http.client.HTTPConnection(netloc, timeout=60)) as connection:
        try:
            connection.request("POST", path, body=content, headers=headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers.get("x-road-error", ""), answer.read())
        except (OSError, http.client.HTTPException):
            return Answer(0, "", b"")


def change(node: Node, message_id: str) -> Answer:
    """Have the warehouse keep something, by translation: its ids are claimed."""
    return ask(node, f"/t1/{SERVICE}/guardar", message_id, b"{}")


async def logged(node: Node) -> list[tuple[str, str]]:
    """Give message id and direction of all that is on record of the warehouse."""
    connection = await asyncpg.connect(node.demo["database_url"])
    try:
        query = "select message_id, direction from bus.message_log where operation like $1 order by id"
        return [tuple(row) for row in await connection.fetch(query, f"{SERVICE}%")]
    finally:
        await connection.close()


@pytest.fixture
def stock() -> Iterator[Warehouse]:
    """A ministry that outlives the node."""
    with warehouse() as server:
        yield server
        server.goes_on.set()


async def test_a_node_that_is_killed_while_the_ministry_works(tmp_path: Path, stock: Warehouse) -> None:
    """After kill -9 of all of it, a repeat gets the recorded answer, or that the outcome is unknown; no second call."""
    node, process = start(tmp_path / "home")
    try:
        register(node, stock, tmp_path)
        first = change(node, "answered")
        assert first.status == 200
        stock.goes_on.clear()
        threads = [
            threading.Thread(target=change, args=(node, "waiting")),
            threading.Thread(target=ask, args=(node, f"{PATH}/cosas", "wire", b"{}")),
        ]
        for thread in threads:
            thread.start()
        await until_heard(stock, 3)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for thread in threads:
        thread.join()
    stock.goes_on.set()
    node, process = start(tmp_path / "home")
    try:
        assert change(node, "answered") == first
        unknown = change(node, "waiting")
        assert (unknown.status, unknown.error) == (409, "SACBE-507")
        assert b"not on record" in unknown.body
        assert len(stock.taken) == 3
        assert Counter(await logged(node)) == {
            ("answered.guardar", "request"): 1,
            ("answered.guardar", "reply"): 1,
            ("waiting.guardar", "request"): 1,
            ("wire", "request"): 1,
        }
        assert change(node, "next").status == 200
        assert node.sacbe("log", "verify").returncode == 0
    finally:
        stop(process)


async def test_the_database_is_killed_under_load(tmp_path: Path, stock: Warehouse) -> None:
    """Each client gets its answer or a typed error; what was given is on record once, and nothing is heard twice."""
    with running(tmp_path / "home") as node:
        register(node, stock, tmp_path)
        server = await server_of(node)
        told: dict[str, Answer] = {}

        def call(caller: int) -> None:
            for number in range(EACH):
                name = f"{caller}-{number}"
                told[name] = ask(node, f"{PATH}/cosas", name, name.encode())

        threads = [threading.Thread(target=call, args=(caller,)) for caller in range(CALLERS)]
        for thread in threads:
            thread.start()
        await until_heard(stock, CALLERS * EACH // 4)
        os.kill(server, signal.SIGKILL)
        for thread in threads:
            thread.join()
        await until_well(node)

        given = {name for name, answer in told.items() if answer.status == 200}
        errors = {answer.error for answer in told.values() if answer.status != 200}
        assert {answer.status for answer in told.values()} <= {200, 500}
        assert errors <= {"Server.ClientProxy.LoggingFailed.InternalError", "Server.ServerProxy.InternalError"}
        heard = Counter(digest for digest, _ in stock.taken)
        on_record = Counter(await logged(node))
        for name in told:
            digest = sha256(name.encode()).hexdigest()
            assert heard[digest] <= 1
            assert on_record[name, "request"] <= 1
            assert on_record[name, "reply"] <= on_record[name, "request"]
            assert on_record[name, "request"] >= heard[digest]
            if name in given:
                assert (heard[digest], on_record[name, "reply"]) == (1, 1)
        assert node.sacbe("log", "verify").returncode == 0


async def until_heard(stock: Warehouse, count: int) -> None:
    """Wait until the warehouse has heard so many requests or more."""
    for _ in range(6000):
        if len(stock.taken) >= count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(len(stock.taken))


async def server_of(node: Node) -> int:
    """Give the process of the node's own PostgreSQL: the parent of each backend."""
    connection = await asyncpg.connect(node.demo["database_url"])
    try:
        return parent_of(connection.get_server_pid())
    finally:
        await connection.close()


def parent_of(process: int) -> int:
    """Give the process that started another."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("PPid")))


async def until_well(node: Node) -> None:
    """Ask until the node carries a change again, without anybody's help."""
    answers: list[Answer] = []
    for number in range(RETRIES_MAX):
        answers.append(change(node, f"well-{number}"))
        if answers[-1].status == 200:
            return
        await asyncio.sleep(0.3)
    raise AssertionError(answers[-1])
