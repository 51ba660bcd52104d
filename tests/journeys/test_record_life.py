"""A steward drafts a change, another reviews it, people read it; a mistake is taken back."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.journeys.node import Node, running
from tests.journeys.test_registration import done, refused

ASKED = '{ service(identifier: "trueque") { title costs { amount } } }'
HEADERS = "id,title,institution,description,cost_amount,cost_currency\n"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A running node with its demonstration."""
    with running(tmp_path_factory.mktemp("life") / "home") as started:
        yield started


def amount(node: Node) -> str | None:
    """Give the amount that people read; None where they see no service."""
    found = node.ask(ASKED)["data"]["service"]
    return str(found["costs"][0]["amount"]) if found else None


def drafted(node: Node, folder: Path, cost: str) -> str:
    """Keep the service with a cost as a draft; give its number."""
    file = folder / "service.csv"
    file.write_text(f"{HEADERS}trueque,Permiso de trueque,RENAP,Para cambiar cosas.,{cost},GTQ\n", encoding="utf-8")
    return str(msgspec.json.decode(done(node, "draft", "open", str(file), "--why", "Arancel", "--json"))["draft"])


def approve(node: Node, number: str) -> str:
    return done(node, "draft", "approve", number, "--why", "Revisado")


def test_a_draft_is_reviewed_published_and_taken_back(node: Node, tmp_path: Path) -> None:
    """Nobody sees it before its approval, and going back is one command."""
    first = drafted(node, tmp_path, "10")
    done(node, "draft", "submit", first, "--why", "Listo")
    assert amount(node) is None
    assert "1 services added" in approve(node, first)
    assert amount(node) == "10"
    approve(node, drafted(node, tmp_path, "99"))
    assert amount(node) == "99"
    versions = msgspec.json.decode(done(node, "catalog", "versions", "service", "trueque", "--json"))
    older = str(versions[-1]["number"])
    assert "costs[" in done(node, "catalog", "diff", "service", "trueque", older)
    done(node, "catalog", "return", "service", "trueque", older, "--why", "Era un error")
    assert amount(node) == "10"


def test_two_drafts_of_one_version_do_not_overwrite_each_other(node: Node, tmp_path: Path) -> None:
    """The second is refused with both amounts, and stays."""
    one, other = drafted(node, tmp_path, "20"), drafted(node, tmp_path, "30")
    approve(node, one)
    told = refused(node, "draft", "approve", other, "--why", "x")
    assert "SACBE-205" in told
    assert {"20", "30"} <= set(told.split())
    assert amount(node) == "20"
    done(node, "draft", "withdraw", other, "--why", "Se hace de nuevo")


def test_a_scheduled_draft_is_published_by_the_running_node(node: Node, tmp_path: Path) -> None:
    """At its time, without any command."""
    soon = datetime.now().astimezone() + timedelta(minutes=1)  # the option has no seconds, so this is within a minute
    number = drafted(node, tmp_path, "77")
    done(node, "draft", "approve", number, "--at", f"{soon:%Y-%m-%dT%H:%M}", "--why", "En su fecha")
    until = time.monotonic() + 120
    while amount(node) != "77":
        assert time.monotonic() < until
        time.sleep(1)
