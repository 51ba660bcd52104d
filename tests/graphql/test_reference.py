"""The schema's pages: made from the schema in force, read without a script, and complete."""

import re

import pytest
from graphql import build_schema

from sacbe_graphql import provider_part
from sacbe_graphql.explorer import reference, reference_pages
from sacbe_graphql.live import LiveSchema
from tests.graphql.test_explorer import Reader
from tests.graphql.world import World

ROOTS = {"es": "/explore/schema", "en": "/en/explore/schema"}

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def read(world: World, address: str) -> str:
    """Give a page that is there."""
    response = await world.client.get(address)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return response.text


@pytest.mark.parametrize("language", ROOTS)
async def test_the_pages_are_sound_and_without_script(world: World, language: str) -> None:
    """Ids are unique, nothing is inline or from another host, no page has a script, the language is said."""
    for path in ("", "/renap", "/sat"):
        text = await read(world, ROOTS[language] + path)
        page = Reader(text)
        assert page.language == language
        assert len(page.ids) == len(set(page.ids))
        assert page.inline == []
        assert "<script" not in text
        assert all(address.startswith(("/", "#")) for address in page.addresses)
        assert page.headings.count("h1") == 1


async def test_every_link_leads_somewhere(world: World) -> None:
    """Each page and each place in a page that is linked to is there."""
    root = ROOTS["es"]
    first = await read(world, root)
    pages = {root: first} | {f"{root}/{alias}": await read(world, f"{root}/{alias}") for alias in ("renap", "sat")}
    assert {f"{root}/renap", f"{root}/sat"} <= set(Reader(first).addresses)
    for address, text in pages.items():
        for link in Reader(text).addresses:
            page, _, place = link.partition("#")
            if (page or address) in pages and place:
                assert place in Reader(pages[page or address]).ids, link


async def test_every_type_in_force_is_shown(world: World) -> None:
    """Each type of the schema, the introspection's own aside, stands on a page; so does each operation."""
    texts = [await read(world, ROOTS["en"] + path) for path in ("", "/renap", "/sat")]
    shown = {name for text in texts for name in Reader(text).ids}
    live = world.door.shown
    schema = live.schema
    routes = {name for name, type_ in schema.type_map.items() if name.startswith(("Renap", "Sat")) and _leads(type_)}
    assert {name for name in schema.type_map if not name.startswith("__")} - routes <= shown
    assert re.search(r"waiting: .*Boolean</a>! = false", texts[0])
    assert "consultarPersona" in texts[1]
    assert "GT/GOV/" in texts[1]


def _leads(type_: object) -> bool:
    """Say whether this is the type of a provider's field, whose fields stand on the page itself."""
    return bool(getattr(type_, "extensions", {}).get(provider_part.IS_ROUTE))


@pytest.mark.parametrize(
    "path", ["/nadie", "/renap?from=100", "/renap?from=-1", "/renap?from=x", "/renap?from=9999999", "/%2e%2e"]
)
async def test_what_is_not_there_is_not_found(world: World, path: str) -> None:
    """No such provider, nothing so far back, or no number: not found."""
    assert (await world.client.get(ROOTS["es"] + path)).status_code == 404


async def test_a_description_cannot_write_markup() -> None:
    """What a ministry wrote into its description is shown as it stands."""
    schema = build_schema('"""<script>alert(1)</script> `<b>`"""\ntype Query { "<i>" a(b: String = "<u>"): String }')
    live = LiveSchema(schema, ())
    shown = await reference_pages.ReferencePages(lambda: live).first("en")
    assert "&lt;script&gt;" in shown
    assert not re.search(r"<(script|b|i|u)>", shown)


@pytest.mark.parametrize("is_deprecated", [True, False])
async def test_defaults_and_deprecations_are_told(is_deprecated: bool) -> None:
    """A default is written as in a query; a deprecation says its reason."""
    mark = '@deprecated(reason: "Use b.")' if is_deprecated else ""
    page = reference.first_page(build_schema(f"type Query {{ a(first: Int = 20): String {mark} }}"))
    (field,) = page.roots[0].members
    assert field.arguments[0].default == "20"
    assert field.deprecation == ("Use b." if is_deprecated else None)
