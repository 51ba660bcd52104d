"""What comes around a GraphQL request: who asks, by which proof, for what purpose, and how the answer is wanted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sacbe_graphql import sandbox
from sacbe_xroad_like.oauth.token_check import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What the HTTP request says around the GraphQL in it."""

    media_type: str
    """Of the answer: `answer.JSON` or `answer.GRAPHQL_JSON`."""
    may_change: bool = True
    """False for GET."""
    is_sandbox: bool = False
    """Whether samples are asked for, and no institution's system."""
    token: str = ""
    shown: Shown = field(default_factory=Shown)
    """What came beside the token, to prove that it may be used."""
    purpose: str = ""
    user_id: str = ""
    issue: str = ""
    message_id: str = ""
    peer: str = ""
    """The address from which the request comes."""
    wants_cost: bool = False
    """Whether the answer is to say what it cost."""
    wants_plan: bool = False
    """Whether the answer is to say how it was put together."""


def of_headers(
    headers: Mapping[str, str], token: str, shown: Shown, *, media_type: str, may_change: bool, peer: str
) -> Asking:
    """Read what the headers of a request say of its purpose and of whoever stands behind it.

    Raises HttpRefusal for a header that says neither yes nor no.
    """
    return Asking(
        media_type=media_type,
        may_change=may_change,
        is_sandbox=sandbox.is_asked(headers),
        token=token,
        shown=shown,
        purpose=headers.get("sacbe-purpose", ""),
        user_id=headers.get("x-road-userid", ""),
        issue=headers.get("x-road-issue", ""),
        message_id=headers.get("x-road-id", ""),
        peer=peer,
        wants_cost=headers.get("sacbe-cost", "0") != "0",
        wants_plan=headers.get("sacbe-plan", "0") != "0",
    )
