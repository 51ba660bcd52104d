"""A steward hears a word that search does not know, adds it, and people find what they mean: no restart."""

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.journeys.node import Node, running
from tests.journeys.test_registration import done, refused

WORD = "chirmolero"
"""No saying that ships has it."""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A running node with its demonstration."""
    with running(tmp_path_factory.mktemp("lexicon") / "home") as started:
        yield started


def found(node: Node) -> list[str]:
    answer = node.ask(f'{{ services(query: "{WORD}", first: 3) {{ nodes {{ identifier }} }} }}')
    return [service["identifier"] for service in answer["data"]["services"]["nodes"]]


def wait_until_found(node: Node, expected: str) -> None:
    """Wait until the first result is the expected one, or none where that is empty."""
    until = time.monotonic() + 20
    while (found(node) or [""])[0] != expected:
        assert time.monotonic() < until, found(node)
        time.sleep(0.1)


def test_a_word_is_added_changed_and_taken_back(node: Node, tmp_path: Path) -> None:
    """A version is live in the running node, the next one replaces it, and going back is one command."""
    file = tmp_path / "es.json"
    assert found(node) == []
    write(file, mean="licencia sanitaria")
    assert "Version 1" in done(node, "lexicon", "put", str(file), "--why", "Así dice la gente")
    wait_until_found(node, "licencia-sanitaria")
    write(file, mean="boleto ornato")
    done(node, "lexicon", "put", str(file), "--why", "Otra cosa")
    wait_until_found(node, "boleto-ornato")
    done(node, "lexicon", "return", "es", "1", "--why", "Era lo primero")
    wait_until_found(node, "licencia-sanitaria")
    listed = msgspec.json.decode(done(node, "lexicon", "versions", "es", "--json"))
    assert [one["why"] for one in listed] == ["Era lo primero", "Otra cosa", "Así dice la gente"]
    assert WORD in done(node, "lexicon", "show", "es")


def test_a_wrong_file_changes_nothing(node: Node, tmp_path: Path) -> None:
    """A file with a fault is refused with the entry's place; so is a version that does not exist, or no reason."""
    file = tmp_path / "es.json"
    file.write_text('{"language": "es", "entries": [{"say": ["a*"], "mean": ["b"]}]}')
    assert "entries[0] (a*)" in refused(node, "lexicon", "put", str(file), "--why", "x")
    assert "kek 7" in refused(node, "lexicon", "return", "kek", "7", "--why", "x")
    assert node.sacbe("lexicon", "put", str(file), "--why", " ").returncode == 2


def write(file: Path, *, mean: str) -> None:
    file.write_bytes(msgspec.json.encode({"language": "es", "entries": [{"say": [WORD], "mean": [mean]}]}))
