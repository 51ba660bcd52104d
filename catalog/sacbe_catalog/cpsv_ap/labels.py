"""Blank nodes on the way out: a skolem IRI of ours is written as the blank node that it stands for."""

import re
from hashlib import sha256

from sacbe_catalog.cpsv_ap.statements import genid

_PLAIN = re.compile(r"[A-Za-z0-9]+(-[0-9]+)?")


class Labels:
    """Gives the label of each blank node of one base."""

    def __init__(self, base_iri: str) -> None:
        self._start = genid(base_iri)

    def of(self, iri: str) -> str:
        """Give the label, such as `_:b3fa9`, or an empty text where the IRI is no blank node's."""
        if not iri.startswith(self._start):
            return ""
        name = iri.removeprefix(self._start)
        return f"_:b{name if _PLAIN.fullmatch(name) else sha256(name.encode()).hexdigest()[:24]}"
