"""Every example of README, guides and error pages is true: what is shown as a command runs, and answers as shown."""

import time
import tomllib
from collections.abc import Callable

import pytest

import sacbe_adapters.contract
from sacbe_catalog import field_mapping
from tests.docs.conftest import Desk
from tests.docs.examples import DOCUMENTS, ROOT, Command, Example, commands, examples

AGREES_SECONDS_MAX = 10.0
"""Within this an answer becomes what the document shows: a message has its seal after a second or so."""

EVERY = [example for document in DOCUMENTS for example in examples(document)]
RUN = [example for example in EVERY if not example.not_run]


@pytest.mark.parametrize("example", RUN, ids=lambda example: example.place)
def test_an_example_does_what_its_document_says(example: Example, desk: Desk) -> None:
    """A reader who types what stands there gets what stands there."""
    READERS[example.language](example, desk)


def test_the_documents_have_examples() -> None:
    """The examples are found at all, in README and guides, and few are only shown."""
    assert len(RUN) > 10
    assert {"README.md", "register-a-system.md"} <= {example.place.rpartition("/")[2].split(":")[0] for example in RUN}
    assert len(EVERY) - len(RUN) < len(RUN) / 3


def type_commands(example: Example, desk: Desk) -> None:
    """Type each command of a console example; an answer that is shown must come."""
    found = list(commands(example))
    assert found, f"{example.place}: a console example has a line that begins with `$ `"
    for command in found:
        given = desk.type(command)
        if command.answer:
            _must_agree(command, given, desk)


def _must_agree(command: Command, given: str, desk: Desk) -> None:
    until = time.monotonic() + AGREES_SECONDS_MAX
    while not desk.wildcards.agree(command.answer, given):
        assert time.monotonic() < until, f"$ {command.line}\nshown: {command.answer}\ngiven: {given}"
        time.sleep(0.2)
        given = desk.type(command)


def ask(example: Example, desk: Desk) -> None:
    """Send a GraphQL example with the demonstration's token, or a steward's; every field must be answered."""
    demo = desk.node.demo
    answer = desk.node.ask(example.body, token=demo["stewards"][example.asker] if example.asker else demo["token"])
    assert "errors" not in answer, answer
    assert all(answer["data"].values())


def read_mapping(example: Example, desk: Desk) -> None:
    """The one kind of JSON file that guides show is a mapping of foreign headers."""
    field_mapping.read(example.body.encode(), file=example.place)


def read_entry_point(example: Example, desk: Desk) -> None:
    """A TOML example names an entry point in the group that our own adapters use."""
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    assert tomllib.loads(example.body)["project"]["entry-points"].keys() == ours.keys()


def run_python(example: Example, desk: Desk) -> None:
    """A Python example stands among the contract's names, and defines what it says without an error."""
    exec(compile(example.body, example.place, "exec", dont_inherit=True), dict(vars(sacbe_adapters.contract)))


READERS: dict[str, Callable[[Example, Desk], None]] = {
    "console": type_commands,
    "graphql": ask,
    "json": read_mapping,
    "toml": read_entry_point,
    "python": run_python,
}
"""What is done with an example of each language; a fence in another one fails until it says why it is not run."""
