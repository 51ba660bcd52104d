"""What a request's headers say: the media type of the answer, of the body, and the token."""

from collections.abc import Iterator, Mapping

from sacbe_graphql.answer import GRAPHQL_JSON, JSON
from sacbe_terms.errors import NotAuthenticated, RequestNotReadable, SacbeError

EVENT_STREAM = "text/event-stream"
"""For a stream of answers, of which JSON holds one each."""

_OFFERED = (JSON, GRAPHQL_JSON, EVENT_STREAM)
_MATCHES = {"*/*": JSON, "application/*": JSON} | {offered: offered for offered in _OFFERED}
_POST_HINT = "Send the request as JSON with `Content-Type: application/json`."


class HttpRefusal(Exception):
    """Refused for what HTTP says, with the status that HTTP has for it."""

    def __init__(self, error: SacbeError, status: int) -> None:
        super().__init__(error.what)
        self.error = error
        self.status = status


def answer_type(accept: str) -> str:
    """Choose the media type of the answer (RFC 9110, section 12.5.1); raises HttpRefusal with 406."""
    wanted = sorted(_ranges(accept), key=lambda weighted: -weighted[1])
    for media_type, weight in wanted:
        if weight > 0 and media_type in _MATCHES:
            return _MATCHES[media_type]
    error = RequestNotReadable(
        what="No media type that is accepted can be given.", where="Accept", hint=f"Accept {', '.join(_OFFERED)}."
    )
    raise HttpRefusal(error, 406)


def takes_gzip(accept_encoding: str) -> bool:
    """Say whether a client takes gzip (RFC 9110, section 12.5.3); one that says nothing takes what we give, plain."""
    weights = dict(_ranges(accept_encoding))
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(","):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
        yield media_type, float(weight) if weight.replace(".", "", 1).isdecimal() else 0.0


def check_body_type(headers: Mapping[str, str]) -> None:
    """Make sure that the body is JSON in UTF-8, sent as it is; raises HttpRefusal with 415."""
    media_type, *parameters = (piece.strip().lower() for piece in headers.get("content-type", "").split(";"))
    charset = next((value[8:].strip('"') for value in parameters if value.startswith("charset=")), "utf-8")
    if media_type != JSON:
        raise _unsupported("Content-Type", f"The body's media type is '{media_type}', and must be {JSON}.")
    if charset not in ("utf-8", "utf8"):
        raise _unsupported("Content-Type", f"The body's charset is '{charset}', and must be utf-8.")
    if headers.get("content-encoding", "identity") != "identity":
        raise _unsupported("Content-Encoding", "The body is compressed, and must not be.")


def _unsupported(where: str, what: str) -> HttpRefusal:
    return HttpRefusal(RequestNotReadable(what=what, where=where, hint=_POST_HINT), 415)


def access_token(authorization: str) -> tuple[str, str]:
    """Give scheme, in small letters, and token of `Authorization: Bearer` or `DPoP`; both empty without the header.

    Raises HttpRefusal with 401.
    """
    if not authorization:
        return "", ""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() not in ("bearer", "dpop") or not token.strip():
        error = NotAuthenticated(
            what="The Authorization header holds no bearer token.",
            where="Authorization",
            hint="Send `Authorization: Bearer` and the token, or `DPoP` where it is bound to a key.",
        )
        raise HttpRefusal(error, error.status)
    return scheme.lower(), token.strip()
