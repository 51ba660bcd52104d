"""The examples of our documents: what stands in a fence, where, and what its first line says of it.

A fence whose example is not run says so itself, with the reason: ```` ```console not-run="..." ````; one that a
steward of the demonstration asks names her ministry: ```` ```graphql as="renap" ````.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

DOCUMENTS = (
    ROOT / "README.md",
    *sorted((ROOT / "docs" / "guides").glob("*.md")),
    *sorted((ROOT / "docs" / "errors").glob("*.md")),
)
"""In the order in which a reader meets them: an example may build on those before it."""

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_AS = re.compile(r'as="([^"]+)"')
_NOT_RUN = re.compile(r'not-run="([^"]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One fenced block; `not_run` is why it is only shown, or empty; `asker` a ministry whose steward asks."""

    place: str
    language: str
    body: str
    not_run: str
    asker: str


@dataclass(frozen=True, slots=True)
class Command:
    """One line behind `$`, and what the document says it answers; empty where it shows nothing."""

    line: str
    answer: str


def examples(document: Path) -> Iterator[Example]:
    """Give every fenced block of a document."""
    text = document.read_text()
    for found in _FENCE.finditer(text):
        language, _, rest = found["info"].partition(" ")
        reason, asker = _NOT_RUN.search(rest), _AS.search(rest)
        line = text.count("\n", 0, found.start()) + 1
        yield Example(
            place=f"{document.relative_to(ROOT)}:{line}",
            language=language,
            body=found["body"],
            not_run=reason[1] if reason else "",
            asker=asker[1] if asker else "",
        )


def commands(example: Example) -> Iterator[Command]:
    """Give the commands of a console example, each with the answer below it."""
    for part in re.split(r"^\$ ", example.body, flags=re.MULTILINE)[1:]:
        line, _, answer = part.partition("\n")
        yield Command(line, answer.strip())
