"""Personal operations: whoever asks for a person's data says why, for which case, and which official she is.

The provider's steward marks an operation as personal. What must be stated is then required on every
call, whichever door it comes through, and is part of the signed request (`docs/decisions/0161`).
"""

from collections.abc import Mapping

from sacbe_terms.errors import HeaderMissing
from sacbe_terms.exchange import Consumer

PURPOSE = "Sacbe-Purpose"
"""The header that names an agreement, or several with commas between."""

ISSUE = "X-Road-Issue"
"""The header with the case: a file's number, an application's."""

USER_ID = "X-Road-UserId"
"""The header with the official's identity."""


def refuse_unstated(consumer: Consumer, *, operation: str) -> None:
    """Raise HeaderMissing, naming the first header that a call of a personal operation lacks."""
    purpose = consumer.purpose or consumer.any_purpose
    _refuse_missing({PURPOSE: purpose, ISSUE: consumer.issue, USER_ID: consumer.user_id}, operation)


def refuse_unstated_on_the_wire(*, issue: str, user_id: str, operation: str) -> None:
    """Raise HeaderMissing as above for a message of X-Road's own, whose purpose is that of its agreement."""
    _refuse_missing({ISSUE: issue, USER_ID: user_id}, operation)


def _refuse_missing(stated: Mapping[str, str | bool], operation: str) -> None:
    for header, value in stated.items():
        if not value:
            raise HeaderMissing(header, needed_by=f"The personal operation {operation}")
