"""Hostile GraphQL requests as they lie in a museum: one file each, named by its illness.

A file says what must come of it, and holds the document and the variables' JSON in parts: a text
stands for itself, a pair for a text so many times, each time with its number in the place of `%`.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from sacbe_graphql import limits as limiting
from sacbe_graphql import rates, skimming
from sacbe_graphql.limits import Limits
from sacbe_terms.errors import LimitExceeded

Parts = list[str | tuple[int, str]]


class Exhibit(msgspec.Struct, frozen=True, kw_only=True):
    """One hostile request; `code` is empty where it is admitted."""

    must: str
    status: int
    code: str
    query: Parts
    variables: Parts = []

    def body(self, *, mark: str = "") -> bytes:
        """Give the body of the request; a mark, put behind the document as a comment, makes it another document."""
        query = _text(self.query) + (f"\n#{mark}" if mark else "")
        variables = msgspec.Raw(_text(self.variables).encode() or b"null")
        return msgspec.json.encode({"query": query, "variables": variables})


def _text(parts: Parts) -> str:
    return "".join(part if isinstance(part, str) else _repeated(*part) for part in parts)


def _repeated(times: int, text: str) -> str:
    return "".join(text.replace("%", str(number)) for number in range(times))


def collected(museum: Path) -> dict[str, Exhibit]:
    """Give every exhibit by its name."""
    decoder = msgspec.json.Decoder(Exhibit)
    return {file.stem: decoder.decode(file.read_bytes()) for file in sorted(museum.glob("*.json"))}


def counts_as(body: bytes, limits: Limits) -> float:
    """Say as how many requests a body counts before anything of it is run, its document being new."""
    asked: dict[str, Any] = msgspec.json.decode(body)
    requests = 1.0 + rates.of_body(len(body))
    with suppress(LimitExceeded):
        requests += rates.of_variables(limiting.check_variables(asked["variables"], limits))
        requests += rates.of_reading(skimming.skim(asked["query"], limits), len(asked["query"]))
    return requests
