"""How the texts and numbers of the stewards' inputs are read, and what came of an act is told."""

from datetime import date

from strawberry import argument

from sacbe_graphql import administration_inputs as inputs
from sacbe_graphql import administration_types as shown
from sacbe_graphql.context import Info
from sacbe_graphql.scalars import Date
from sacbe_terms.errors import IdentifierNotValid
from sacbe_terms.identifiers import DataServiceId, OperationId
from sacbe_xroad_like.administration.desk import Desk
from sacbe_xroad_like.administration.trail import Outcome

NUMBER_DIGITS_MAX = 18

WHAT = argument(description="What to do it to, and how.")
OPERATION_SLASHES = 5
"""In the printed form of an operation's identifier."""


def desk_for(info: Info, sent: object) -> Desk:
    """Give the desk of whoever asks, once all that she sends can be kept; raises VariablesNotValid."""
    inputs.check(sent)
    return info.context.desk


def day(text: Date | None) -> date | None:
    """Read a day; raises IdentifierNotValid."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise IdentifierNotValid(text or "", kind="a day such as 2027-01-31, without a time zone") from error


def service(text: str) -> DataServiceId | OperationId:
    """Read a data service's or an operation's identifier; raises IdentifierNotValid."""
    return OperationId.parse(text) if text.count("/") >= OPERATION_SLASHES else DataServiceId.parse(text)


def number(text: str) -> int:
    """Read a number that the database gave; raises IdentifierNotValid."""
    if not (text.isascii() and text.isdecimal() and len(text) <= NUMBER_DIGITS_MAX):
        raise IdentifierNotValid(text, kind="a number")
    return int(text)


def outcome(found: Outcome) -> shown.ActOutcome:
    """Show what came of an act."""
    return shown.ActOutcome[found.name]
