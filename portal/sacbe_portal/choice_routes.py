"""Where a recipient of notices chooses how she gets them, by the link in her letters and without signing in.

Looking changes nothing, so that programs which open every link of a mail do no harm; sending does. A mailbox's
own button sends `List-Unsubscribe=One-Click` (RFC 8058, as a form of either kind), the page sends `delivery`.
"""

from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import ClientException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from sacbe_portal.portal import Portal
from sacbe_portal.words import LANGUAGES, words
from sacbe_terms.errors import NoticeLinkNotValid
from sacbe_xroad_like.notices.recipients import PATH, Delivery, Recipients

FORM_BYTES_MAX = 4096
"""A larger form holds no choice."""

_HEADERS = {"cache-control": "no-store"}


def routes(portal: Portal, recipients: Recipients) -> list[HTTPRouteHandler]:
    """Give the handlers, in every language."""
    return [handler for language in LANGUAGES for handler in _pages(portal, recipients, language)]


def _pages(portal: Portal, recipients: Recipients, language: str) -> list[HTTPRouteHandler]:
    address = ("" if language == LANGUAGES[0] else f"/{language}") + PATH + "/{token:str}"

    @get(address, include_in_schema=False)
    async def look(token: FromPath[str]) -> Response[str]:
        try:
            found = await recipients.of_link(token)
        except NoticeLinkNotValid:
            return _missing(portal, language)
        return _html(portal.choice(found, language, path=f"{PATH}/{token}", is_changed=False))

    @post(address, include_in_schema=False, status_code=200, request_max_body_size=FORM_BYTES_MAX)
    async def choose(token: FromPath[str], request: Request[Any, Any, Any]) -> Response[str]:
        wanted = await _wanted(request)
        if wanted is None:
            own = words(language)
            return _html(portal.notice(own["notices_trouble"], own["notices_unclear"], language), status=400)
        try:
            changed = await recipients.choose_by_link(token, wanted)
        except NoticeLinkNotValid:
            return _missing(portal, language)
        return _html(portal.choice(changed, language, path=f"{PATH}/{token}", is_changed=True))

    return [look, choose]


async def _wanted(request: Request[Any, Any, Any]) -> Delivery | None:
    """Give what a form asks for; None if it asks for nothing that can be had."""
    try:
        form = await request.form()
    except (ClientException, ValueError):
        return None
    if form.get("List-Unsubscribe") == "One-Click":
        return Delivery.NONE
    given = form.getall("delivery", [])
    return Delivery(given[0]) if len(given) == 1 and given[0] in tuple(Delivery) else None


def _html(content: str, *, status: int = 200) -> Response[str]:
    return Response(content, media_type="text/html", status_code=status, headers=_HEADERS)


def _missing(portal: Portal, language: str) -> Response[str]:
    return _html(portal.missing(language), status=404)
