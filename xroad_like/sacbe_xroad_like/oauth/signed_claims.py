"""Single claims of what clients sign: times and names, looked at the same way everywhere (RFC 7519, section 4.1)."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sacbe_signing.trust import not_valid

NAME_CHARACTERS_MAX = 256
"""Longest `jti` that is kept, and longest other name."""

_SECONDS_MAX = 253402300799
"""The end of the year 9999: a later time is none."""


def name(claims: Mapping[str, Any], claim: str) -> str:
    """Give a claim that is a text; raises SignatureNotValid."""
    value = claims.get(claim)
    if not isinstance(value, str) or not 0 < len(value) <= NAME_CHARACTERS_MAX:
        raise not_valid(f"its claim '{claim}' is missing or no short text")
    return value


def time(claims: Mapping[str, Any], claim: str) -> datetime:
    """Give a claim that is a NumericDate; raises SignatureNotValid."""
    value = claims.get(claim)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise not_valid(f"its claim '{claim}' is missing or no time")
    if not 0 <= value <= _SECONDS_MAX:
        raise not_valid(f"its claim '{claim}' is missing or no time")
    return datetime.fromtimestamp(value, UTC)
