"""What hostile GraphQL requests cost beside `{ __typename }`: each refused or cheap, or counted as many requests.

Each is asked as a new document again and again, then as the same one. CPU is that of the server
process, from the kernel.
"""

import http.client
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from sacbe.benchmarks import exhibits
from sacbe.benchmarks.costs import cost
from sacbe.benchmarks.exhibits import Exhibit
from sacbe.benchmarks.processes import node, port_of, server_of
from sacbe_graphql.limits import Limits

RATIO_MAX = 10.0
"""What a request may cost beside `{ __typename }`, for each request that it counts as."""

PLAIN = Exhibit(must="The plainest query of all.", status=200, code="", query=["{ __typename }"])

WARM_REQUESTS = 500
"""Before the first measurement."""

_HEADERS = {
    "content-type": "application/json",
    "accept": "application/graphql-response+json",
    "sacbe-cost": "1",
}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What one exhibit came to. CPU in milliseconds per request, ratios to the plainest query."""

    name: str
    status: int
    code: str
    is_as_promised: bool
    counts_as: float
    new_ms: float
    new_ratio: float
    same_ms: float
    same_ratio: float

    @property
    def is_bounded(self) -> bool:
        """Whether it costs no more than what it counts as allows."""
        return self.new_ratio <= RATIO_MAX * self.counts_as


class Hostile(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one run found."""

    plain_ms: float
    asked: tuple[Asked, ...]


def run(*, seconds: float, museum: Path, say: Callable[[str], None]) -> Hostile:
    """Ask every exhibit of a museum."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sacbe-bench-")))
        say("starting a node")
        demo, running = stack.enter_context(node(folder))
        asker = _Asker(port_of(demo["graphql_url"]), server_of(running.pid), seconds)
        stack.callback(asker.close)
        asker.warm_up()
        plain_ms = asker.cpu_ms(PLAIN.body() for _ in count())
        asked = []
        for name, exhibit in exhibits.collected(museum).items():
            say(name)
            asked.append(_asked(asker, name, exhibit, plain_ms))
    return Hostile(plain_ms=plain_ms, asked=tuple(asked))


def _asked(asker: "_Asker", name: str, exhibit: Exhibit, plain_ms: float) -> Asked:
    status, answer = asker.ask(exhibit.body())
    code = answer["errors"][0]["extensions"]["code"] if "errors" in answer else ""
    told = answer.get("extensions", {}).get("sacbe", {}).get("cost", {}).get("requests", 0.0)
    new_ms = asker.cpu_ms(exhibit.body(mark=str(number)) for number in count())
    same_ms = asker.cpu_ms(exhibit.body() for _ in count())
    return Asked(
        name=name,
        status=status,
        code=code,
        is_as_promised=(status, code) == (exhibit.status, exhibit.code),
        counts_as=max(told, exhibits.counts_as(exhibit.body(), Limits())),
        new_ms=new_ms,
        new_ratio=new_ms / plain_ms,
        same_ms=same_ms,
        same_ratio=same_ms / plain_ms,
    )


class _Asker:
    """Asks a node one thing after another over one connection, and sees what that costs its server process."""

    def __init__(self, port: int, server: int, seconds: float) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._server, self._seconds = server, seconds

    def ask(self, body: bytes) -> tuple[int, dict[str, Any]]:
        """Give status and answer."""
        self._connection.request("POST", "/graphql", body, _HEADERS)
        response = self._connection.getresponse()
        return response.status, msgspec.json.decode(response.read())

    def warm_up(self) -> None:
        """Ask the plainest query some times, which counts for nothing."""
        for _ in range(WARM_REQUESTS):
            self.ask(PLAIN.body())

    def cpu_ms(self, bodies: Iterator[bytes]) -> float:
        """Give the CPU of the server for one of these requests."""
        before, until, asked = cost(self._server), time.monotonic() + self._seconds, 0
        for body in bodies:
            self.ask(body)
            asked += 1
            if time.monotonic() > until:
                break
        return cost(self._server).since(before).own_seconds / asked * 1000

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()
