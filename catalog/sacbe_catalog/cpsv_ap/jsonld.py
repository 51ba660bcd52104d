"""JSON-LD in and out, without a network: contexts are the official one, inline, or a located error.

Parsed by rdflib after every `@context` was looked at; written here with prefixes only, every text
a value object, so that nothing hangs on coercions and equal graphs give equal bytes.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import msgspec
from rdflib.plugins.parsers.jsonld import to_rdf

from sacbe_catalog.cpsv_ap import context
from sacbe_catalog.cpsv_ap.collect import PROBLEMS_MAX, Collector, TooMuch, parsing
from sacbe_catalog.cpsv_ap.labels import Labels
from sacbe_catalog.cpsv_ap.statements import TYPE, Items, Statement, Value
from sacbe_catalog.cpsv_ap.vocabulary import PREFIXES, short
from sacbe_terms.errors import ImportRefused, Problem

DEPTH_MAX = 64
"""Objects and lists of a document may be nested this deep."""

_INLINE = "Write the terms into the document, or name CPSV-AP 3.2.0's own context."


def parse(data: bytes, *, file: str, base_iri: str) -> Collector:
    """Read a JSON-LD 1.1 document; raises ImportRefused with the place where it cannot be read."""
    document = _with_known_contexts(_decoded(data, file), file)
    collector = Collector(file=file)
    try:
        with parsing():
            to_rdf(document, collector, base=base_iri)
    except TooMuch as error:
        raise _refused(
            file, Problem(where=file, reason=f"the file makes {error}", hint="Import it in parts.")
        ) from error
    except Exception as error:  # the parser is not ours, and whatever it trips over is the file's fault
        problem = Problem(
            where=file, reason="its structure is not JSON-LD 1.1", hint="Check @context, @id, @type and value objects."
        )
        raise _refused(file, problem) from error
    return collector


def _refused(file: str, *problems: Problem) -> ImportRefused:
    return ImportRefused(file, problems)


def _decoded(data: bytes, file: str) -> Any:
    try:
        document = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        problem = Problem(where=file, reason=f"not JSON: {error}", hint="Save it as UTF-8 JSON.")
        raise _refused(file, problem) from error
    except RecursionError as error:
        raise _refused(file, _too_deep(file)) from error
    if not isinstance(document, dict | list):
        raise _refused(file, Problem(where=file, reason="a JSON-LD document is an object or a list of objects"))
    return document


def _too_deep(where: str) -> Problem:
    return Problem(
        where=where, reason=f"nested more than {DEPTH_MAX} deep", hint="Give inner nodes an @id of their own."
    )


def _with_known_contexts(document: Any, file: str) -> Any:
    """Put our terms in the official context's place, everywhere; refuse any other address."""
    reader = _Contexts(file)
    document = reader.walked(document, "", 0)
    if reader.problems:
        raise _refused(file, *reader.problems[:PROBLEMS_MAX])
    return document


class _Contexts:
    """Walks a document once and notes each context that would have to be fetched."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.official = context.terms()
        self.problems: list[Problem] = []

    def walked(self, value: Any, path: str, depth: int) -> Any:
        if depth > DEPTH_MAX:
            raise _refused(self.file, _too_deep(f"{self.file}: {path}"))
        if isinstance(value, list):
            return [self.walked(item, f"{path}/{number}", depth + 1) for number, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        if "@import" in value:
            self._note(f"{path}/@import", "@import", "is not followed")
        inner = {key: self.walked(item, f"{path}/{key}", depth + 1) for key, item in value.items()}
        if "@context" in inner:
            inner["@context"] = self._known(inner["@context"], f"{path}/@context")
        return inner

    def _known(self, value: Any, path: str) -> Any:
        if isinstance(value, list):
            return [self._known(item, f"{path}/{number}") for number, item in enumerate(value)]
        if isinstance(value, str) and value not in context.OFFICIAL_CONTEXTS:
            self._note(path, "@context", f"the context {value} is not fetched")
        return self.official if isinstance(value, str) else value

    def _note(self, path: str, field: str, reason: str) -> None:
        self.problems.append(Problem(where=f"{self.file}: {path}", field=field, reason=reason, hint=_INLINE))


def serialise(statements: Iterable[Statement], labels: Labels) -> bytes:
    """Write statements, which must be in order, as a JSON-LD 1.1 document with its context inline."""
    nodes = [
        {"@id": labels.of(subject) or subject, **dict(_properties(about, labels))}
        for subject, about in groupby(statements, key=lambda one: one.subject)
    ]
    return msgspec.json.format(msgspec.json.encode({"@context": PREFIXES, "@graph": nodes}), indent=2) + b"\n"


def _properties(about: Iterable[Statement], labels: Labels) -> Iterator[tuple[str, Any]]:
    for predicate, group in groupby(about, key=lambda one: one.predicate):
        if predicate == TYPE:
            yield "@type", [labels.of(str(one.value)) or short(str(one.value)) for one in group]
        else:
            values = [_value(one.value, labels) for one in group]
            yield short(predicate), values[0] if len(values) == 1 else values


def _value(value: Value, labels: Labels) -> dict[str, Any]:
    if isinstance(value, Items):
        return {"@list": [_value(item, labels) for item in value.items]}
    if isinstance(value, str):
        return {"@id": labels.of(value) or value}
    if value.language:
        return {"@language": value.language, "@value": value.value}
    if value.datatype:
        return {"@type": short(value.datatype), "@value": value.value}
    return {"@value": value.value}
