"""Names of members, subsystems, data services and operations, with one printed form each.

The printed form is X-Road's REST form: the parts joined by `/`, each part
percent-encoded on its own (PR-REST 4.8), so that a code may hold any character:

    GT/GOV/1001                                 a member
    GT/GOV/1001/registro-civil                  a subsystem
    GT/GOV/1001/registro-civil/personas         a data service
    GT/GOV/1001/registro-civil/personas/consultarPersona    an operation of it

A member may also take part by itself, without a subsystem (PR-MESS 2.1): its subsystem code is
then empty, and stands as an empty part where more follows: `GT/GOV/1001//personas`.

Comparison is exact and case-sensitive on every part, as on X-Road's wire.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Self
from urllib.parse import quote, unquote

from sacbe_terms.errors import IdentifierNotValid

PART_CHARACTERS_MAX = 255
"""X-Road stores each part in 255 characters."""

_REGISTRABLE = re.compile(r"[A-Za-z0-9'()+,\-.=?_]+")
_UNQUOTED = "'()+,-.=?_"


def is_registrable(part: str) -> bool:
    """Say whether a new identifier may hold this part (PR-REST 4.8; `_` is taken as well).

    What others registered elsewhere is read leniently; what is registered here is strict.
    """
    return len(part) <= PART_CHARACTERS_MAX and _REGISTRABLE.fullmatch(part) is not None


PRINTED_MAX = 10_000
"""Identifiers kept as they are printed: those that are in use are printed several times in each exchange."""

SUBSYSTEM_PART = 3
"""Place of the subsystem code, the one part that may be empty."""


def _parts(text: str, count: int, kind: str) -> list[str]:
    parts = [unquote(part) for part in text.split("/")]
    may_be_empty = {SUBSYSTEM_PART} - {count - 1}
    if len(parts) != count or any(not part and place not in may_be_empty for place, part in enumerate(parts)):
        raise IdentifierNotValid(text, kind=kind)
    return parts


@lru_cache(maxsize=PRINTED_MAX)
def _printed(*parts: str) -> str:
    return "/".join(quote(part, safe=_UNQUOTED) for part in parts)


@dataclass(frozen=True, slots=True, order=True)
class MemberId:
    """Names an institution on the bus: `GT/GOV/1001`."""

    instance: str
    member_class: str
    member_code: str

    def __str__(self) -> str:
        return _printed(self.instance, self.member_class, self.member_code)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the printed form; raises IdentifierNotValid."""
        return cls(*_parts(text, 3, "a member"))


@dataclass(frozen=True, slots=True, order=True)
class SubsystemId:
    """Names an information system of a member, `GT/GOV/1001/registro-civil`, or the member itself."""

    member: MemberId
    subsystem_code: str

    def __str__(self) -> str:
        return f"{self.member}/{_printed(self.subsystem_code)}" if self.subsystem_code else str(self.member)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the printed form; three parts are a member without a subsystem. Raises IdentifierNotValid."""
        if text.count("/") == SUBSYSTEM_PART - 1:
            return cls(MemberId.parse(text), "")
        *member, code = _parts(text, 4, "a subsystem")
        return cls(MemberId(*member), code)


@dataclass(frozen=True, slots=True, order=True)
class DataServiceId:
    """Names a data service of a subsystem: `GT/GOV/1001/registro-civil/personas`."""

    subsystem: SubsystemId
    service_code: str

    def __str__(self) -> str:
        between = "/" if self.subsystem.subsystem_code else "//"
        return f"{self.subsystem}{between}{_printed(self.service_code)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the printed form; raises IdentifierNotValid."""
        *member, subsystem, code = _parts(text, 5, "a data service")
        return cls(SubsystemId(MemberId(*member), subsystem), code)


@dataclass(frozen=True, slots=True, order=True)
class OperationId:
    """Names one operation everywhere: `GT/GOV/1001/registro-civil/personas/consultarPersona`."""

    service: DataServiceId
    operation_code: str

    def __str__(self) -> str:
        return f"{self.service}/{_printed(self.operation_code)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the printed form; raises IdentifierNotValid."""
        *member, subsystem, service, code = _parts(text, 6, "an operation")
        return cls(DataServiceId(SubsystemId(MemberId(*member), subsystem), service), code)
