"""One caller's rate at a node of two processes."""

import time
from pathlib import Path

import pytest

from tests.journeys.node import UP, start, stop


def test_two_processes_share_one_rate(tmp_path_factory: pytest.TempPathFactory) -> None:
    """However an address's connections fall on the processes, together they let pass one burst and the rate."""
    chosen = ("SACBE_PROCESSES=2", "SACBE_GRAPHQL_RATE_ANONYMOUS=1", "SACBE_GRAPHQL_RATE_ANONYMOUS_BURST=20")
    home: Path = tmp_path_factory.mktemp("rates") / "home"
    node, process = start(home, ("env", *chosen, *UP))
    try:
        started = time.monotonic()
        answers = [node.ask("{ __typename }") for _ in range(60)]
        seconds = time.monotonic() - started
        passed = sum("data" in answer for answer in answers)
        refused = [answer["errors"][0]["extensions"]["code"] for answer in answers if "errors" in answer]
        assert 15 <= passed <= 20 + seconds
        assert set(refused) == {"SACBE-110"}
        assert node.ask("{ __typename }", token=node.demo["token"]) == {"data": {"__typename": "Query"}}
    finally:
        stop(process)
