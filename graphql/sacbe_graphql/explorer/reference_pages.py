"""The addresses of the schema's pages, in both languages: made in a thread, and kept while their schema is in force."""

import asyncio
import weakref
from collections.abc import Callable
from typing import Any

from graphql import GraphQLSchema
from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from sacbe_graphql.explorer import assets, reference
from sacbe_graphql.explorer.reference_words import WORDS
from sacbe_graphql.explorer.templates import TEMPLATES
from sacbe_graphql.explorer.words import in_language
from sacbe_graphql.kept import Kept
from sacbe_graphql.live import LiveSchema

CACHE_SECONDS = 60
"""How long a page may be shown again without asking; a change is seen within a minute."""

KEPT_BYTES_MAX = 8 * 1024 * 1024

START_DIGITS_MAX = 6

ROOTS = {"es": "/explore", "en": "/en/explore"}


class ReferencePages:
    """The pages of whatever schema is in force."""

    def __init__(self, in_force: Callable[[], LiveSchema]) -> None:
        self._in_force = in_force
        self._of: weakref.ref[LiveSchema] | None = None
        self._pages = Kept[str](KEPT_BYTES_MAX)
        self._making = asyncio.Lock()

    async def first(self, language: str) -> str:
        """Give the page of roots, providers and shared types."""
        found = await self._kept(f"{language} first", lambda schema: _first(schema, language))
        assert found is not None
        return found

    async def of_provider(self, alias: str, start: int, language: str) -> str | None:
        """Give a page of a provider's operations; None if there is no such provider, or nothing so far back."""
        return await self._kept(
            f"{language} {start} {alias}", lambda schema: _of_provider(schema, alias, start, language)
        )

    async def _kept(self, key: str, make: Callable[[GraphQLSchema], str | None]) -> str | None:
        """Make one page at a time, off the event loop; what an older schema had is forgotten."""
        async with self._making:
            live = self._in_force()  # held until the page is made: what it was built from is taken apart with it
            if self._of is None or self._of() is not live:
                self._of, self._pages = weakref.ref(live), Kept[str](KEPT_BYTES_MAX)
            found = self._pages.find(key.encode())
            if found is None:
                found = await asyncio.to_thread(make, live.schema)
                if found is not None:
                    self._pages.keep(key.encode(), found, weight=len(found))
            return found


def routes(pages: ReferencePages) -> list[HTTPRouteHandler]:
    """Give the handlers of the pages in both languages."""
    return [handler for language in ROOTS for handler in _routes(pages, language)]


def _routes(pages: ReferencePages, language: str) -> list[HTTPRouteHandler]:
    @get(f"{ROOTS[language]}/schema", include_in_schema=False)
    async def first() -> Response[str]:
        return _response(await pages.first(language))

    @get(f"{ROOTS[language]}/schema/{{alias:str}}", include_in_schema=False)
    async def of_provider(alias: FromPath[str], request: Request[Any, Any, Any]) -> Response[str]:
        asked = request.query_params.get("from", "0")
        if not (asked.isascii() and asked.isdecimal() and len(asked) <= START_DIGITS_MAX):
            raise NotFoundException
        found = await pages.of_provider(alias, int(asked), language)
        if found is None:
            raise NotFoundException
        return _response(found)

    return [first, of_provider]


def _response(content: str) -> Response[str]:
    return Response(content, media_type="text/html", headers={"cache-control": f"max-age={CACHE_SECONDS}"})


def _first(schema: GraphQLSchema, language: str) -> str:
    return _rendered(language, "", shared="", first=reference.first_page(schema), provider=None)


def _of_provider(schema: GraphQLSchema, alias: str, start: int, language: str) -> str | None:
    found = reference.provider_page(schema, alias, start)
    if found is None:
        return None
    place = f"/{alias}?from={start}" if start else f"/{alias}"
    return _rendered(language, place, shared=f"{ROOTS[language]}/schema", first=None, provider=found)


def _rendered(language: str, place: str, **shown: object) -> str:
    other = "en" if language == "es" else "es"
    return TEMPLATES.get_template("reference.html.jinja").render(
        language=language,
        other=other,
        twin=f"{ROOTS[other]}/schema{place}",
        home="/" if language == "es" else "/en",
        explorer=ROOTS[language],
        base=f"{ROOTS[language]}/schema",
        style=f"{assets.FOLDER}/{assets.version()}/explorer.css",
        t=in_language(WORDS, language),
        **shown,
    )
