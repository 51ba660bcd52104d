"""What things are called in an export: the IRI of every record, code and part."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from sacbe_catalog import iris
from sacbe_catalog.cpsv_ap.statements import is_iri
from sacbe_catalog.cpsv_ap.vocabulary import NAME
from sacbe_catalog.records import Catalogue, Concept

_KEPT_IN_IRI = "%!#$&'()*+,/:;=?@[]~"


def looks_like_iri(text: str) -> bool:
    """Say whether a reference is an IRI and not an identifier of ours."""
    return "://" in text or text.startswith("urn:")


def as_iri(text: str) -> str:
    """Give an address as a valid IRI: what no IRI may hold is percent-encoded, and a missing scheme is http."""
    if not is_iri(text):
        text = "".join(character if _may_stand(character) else quote(character) for character in text)
    return text if is_iri(text) else f"http://{text}"


def _may_stand(character: str) -> bool:
    return character.isalnum() or character in _KEPT_IN_IRI or character in "-._" or ord(character) > 0xA0


class Names:
    """Gives the IRIs of one catalogue's things: their own where they have one, else minted ones."""

    def __init__(self, catalogue: Catalogue, base_iri: str, kinds: Mapping[type, str]) -> None:
        self._base = base_iri
        self._kinds = kinds
        self._iris: dict[tuple[str, str], str] = {}
        self._codes: dict[str, list[Concept]] = {}
        self._renamed: dict[str, str] = {}
        for concept in catalogue.concepts:
            self._codes.setdefault(concept.identifier, []).append(concept)
        for record in records_of(catalogue):
            self._note(record)

    def _note(self, record: Any) -> None:
        if kind := self._kinds.get(type(record)):
            self._iris[kind, identity(record)] = self.of_record(record)
        extra = getattr(record, "extra", ())
        self._renamed |= {one.subject: one.value for one in extra if one.predicate == NAME}

    def of_record(self, record: Any) -> str:
        """Give the IRI of a record that has an identifier."""
        return as_iri(record.iri) if record.iri else iris.mint(self._base, self._kinds[type(record)], identity(record))

    def of(self, kind: str, text: str) -> str:
        """Give the IRI that a reference means, whether the catalogue holds the record or not."""
        if iri := self._iris.get((kind, text)):
            return iri
        return as_iri(text) if looks_like_iri(text) else iris.mint(self._base, kind, text)

    def of_code(self, scheme: str, text: str) -> str:
        """Give a code's IRI: of the field's own scheme, else the only code of that identifier."""
        name = iris.concept_name(scheme, text)
        if iri := self._iris.get(("concept", name)):
            return iri
        candidates = self._codes.get(text, [])
        if len(candidates) == 1:
            return self.of_record(candidates[0])
        return self.of("concept", text if looks_like_iri(text) else name)

    def of_scheme(self, scheme: str) -> str:
        """Give a code list's IRI."""
        return as_iri(scheme) if looks_like_iri(scheme) else iris.mint(self._base, "concept_scheme", scheme)

    def of_part(self, part: Any, place: str) -> str:
        """Give an owned record's IRI: its own, else one below its owner, unless a stranger named it otherwise."""
        if hasattr(part, "identifier"):
            return self.of_record(part)
        if own := getattr(part, "iri", ""):
            return as_iri(own)
        return self._renamed.get(place, place)


def identity(record: Any) -> str:
    """Give what tells a record from others of its kind; a code's scheme is part of it."""
    if isinstance(record, Concept):
        return iris.concept_name(record.scheme, record.identifier)
    return str(record.identifier)


def records_of(catalogue: Catalogue) -> Iterator[Any]:
    """Walk every record of a catalogue, the owned ones after their owner."""
    for field in ("institutions", "events", "legal_resources", "concepts", "areas", "languages", "services"):
        for record in getattr(catalogue, field):
            yield from _with_parts(record)


def _with_parts(record: Any) -> Iterator[Any]:
    yield record
    for value in _tuples(record):
        for part in value:
            if isinstance(part, msgspec.Struct) and hasattr(part, "iri"):
                yield from _with_parts(part)


def _tuples(record: Any) -> Iterable[tuple[Any, ...]]:
    values = (getattr(record, field) for field in record.__struct_fields__)
    return (value for value in values if isinstance(value, tuple))
