"""The citizens' pages over the real catalogue: complete, bilingual, safe, without script."""

from collections.abc import AsyncIterator
from html.parser import HTMLParser
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog.reading import CatalogueReader
from sacbe_catalog.records import Catalogue, PublicService
from sacbe_catalog.store import CatalogueStore
from sacbe_portal.portal import Portal, Search
from sacbe_portal.routes import routes
from sacbe_terms.errors import RecordNotFound
from tests.conftest import BASE_IRI

HOSTILE = '<script>alert("x")</script> & "quotes" \u202eltr'


class Outline(HTMLParser):
    """What a reader without eyes meets: headings, links, labels, languages."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.language = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        given = dict(attrs)
        self.tags.append(tag)
        if tag == "html":
            self.language = given.get("lang") or ""
        if tag in ("a", "link", "img", "script", "form"):
            self.links.append(given.get("href") or given.get("src") or given.get("action") or "")


async def no_twin(kind: str, identifier: str, suffix: str) -> tuple[bytes, str]:
    """Stand for the data twins, which are the application's."""
    if identifier == "missing":
        raise RecordNotFound("public service", identifier)
    return f"{kind} {identifier} as {suffix}".encode(), "text/turtle"


@pytest.fixture
async def portal(seeded_engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    """The portal over the seed and one hostile record."""
    hostile = PublicService(
        identifier="hostil",
        title={"es": HOSTILE},
        description={"es": HOSTILE},
        institutions=("renap",),
    )
    await CatalogueStore(seeded_engine, BASE_IRI).put(Catalogue(services=(hostile,)))
    handlers = routes(Portal(CatalogueReader(seeded_engine, BASE_IRI)), no_twin, base_path="/id/")
    transport = httpx.ASGITransport(cast("Any", Litestar(handlers, openapi_config=None)))
    async with httpx.AsyncClient(transport=transport, base_url="http://node.example") as client:
        yield client


async def page(portal: httpx.AsyncClient, path: str, status: int = 200) -> str:
    """Give a page's text."""
    answer = await portal.get(path)
    assert answer.status_code == status, answer.text
    return answer.text


async def test_a_paper_that_the_state_has_is_marked(seeded_engine: AsyncEngine) -> None:
    """A service's page says in both languages which evidence the institution can look up, and of others nothing."""

    def supplied_by(evidence: str) -> list[str]:
        return ["Tránsito <1>"] if evidence == "licencia-conducir-primera-requisito-4-prueba-1" else []

    shown = Portal(CatalogueReader(seeded_engine, BASE_IRI), supplied_by)
    spanish = await shown.service("licencia-conducir-primera", "es")
    assert spanish.count("ya consta en: Tránsito &lt;1&gt;. La institución puede consultarlo por sí misma") == 1
    assert "on record already in: Tránsito" in await shown.service("licencia-conducir-primera", "en")
    unmarked = await Portal(CatalogueReader(seeded_engine, BASE_IRI)).service("licencia-conducir-primera", "es")
    assert "ya consta en" not in unmarked


async def test_the_pages_of_a_visit(portal: httpx.AsyncClient) -> None:
    """From the first page to a result, its record and its institution, each link leads on."""
    assert "/evento/" in await page(portal, "/")
    results = Outline(await page(portal, "/buscar?q=sacar+dpi"))
    first = next(link for link in results.links if link.startswith("/servicio/"))
    record = Outline(await page(portal, first))
    assert "h1" in record.tags
    institution = next(link for link in record.links if link.startswith("/institucion/"))
    assert first in Outline(await page(portal, institution)).links


async def test_every_page_has_a_twin_in_the_other_language(portal: httpx.AsyncClient) -> None:
    """The same address below /en gives the page in English, and says so to machines."""
    for path in ("/buscar?q=dpi", "/servicio/hostil", "/calidad"):
        assert Outline(await page(portal, path)).language == "es"
        english = Outline(await page(portal, f"/en{path}"))
        assert english.language == "en"
        assert path in english.links


async def test_pages_need_no_script_and_no_other_host(portal: httpx.AsyncClient) -> None:
    """Nothing runs in the reader's machine, and nothing is loaded from elsewhere."""
    for path in ("/", "/buscar", "/servicio/hostil", "/calidad"):
        outline = Outline(await page(portal, path))
        assert "script" not in outline.tags
        assert all(link.startswith(("/", "#")) for link in outline.links), outline.links


async def test_hostile_text_is_shown_as_text(portal: httpx.AsyncClient) -> None:
    """What a record or a query holds is never markup."""
    record = await page(portal, "/servicio/hostil")
    results = await page(portal, "/buscar?q=%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script" not in record + results
    assert "&lt;script&gt;" in record


async def test_everybody_sees_how_true_records_are_kept(portal: httpx.AsyncClient) -> None:
    """A table has every institution with its score and what is left out of it, and leads to the institution."""
    shown = await page(portal, "/calidad")
    assert "Superintendencia de Administración Tributaria" in shown
    assert "/institucion/sat" in Outline(shown).links
    assert "no aplica" in shown
    assert "/calidad" in Outline(await page(portal, "/")).links


async def test_silence_offers_a_way_on(portal: httpx.AsyncClient) -> None:
    """A query about something else finds nothing and is offered the events of a life."""
    text = await page(portal, "/buscar?q=zzyzx+qwrtp")
    assert "No encontramos" in text
    assert "/evento/" in text


async def test_results_can_be_narrowed_and_widened(portal: httpx.AsyncClient) -> None:
    """A facet narrows to its count, and the choice can be taken away again."""
    outline = Outline(await page(portal, "/buscar"))
    facet = next(link for link in outline.links if "institucion=" in link)
    narrowed = Outline(await page(portal, facet))
    assert len([link for link in narrowed.links if link.startswith("/servicio/")]) >= 1
    assert "/buscar" in narrowed.links


async def test_lists_go_on(portal: httpx.AsyncClient) -> None:
    """The next page begins where the last one ended."""
    first = Outline(await page(portal, "/buscar"))
    following = next(link for link in first.links if "despues=" in link)
    second = Outline(await page(portal, following))
    services = [{link for link in outline.links if link.startswith("/servicio/")} for outline in (first, second)]
    assert all(services)
    assert not services[0] & services[1]


@pytest.mark.parametrize("path", ["/servicio/nada", "/institucion/nada", "/evento/nada", "/errores/SACBE-999"])
async def test_what_does_not_exist_is_a_page_too(portal: httpx.AsyncClient, path: str) -> None:
    """A wrong address gets 404, plain words and the search."""
    assert 'name="q"' in await page(portal, path, status=404)


@pytest.mark.parametrize("query", ["q=" + "a" * 5000, "despues=nonsense", "q=%00", "q='%3B--", "q=%E2%80%AE"])
async def test_no_query_breaks_a_page(portal: httpx.AsyncClient, query: str) -> None:
    """Whatever is typed, the answer is a page."""
    answer = await portal.get(f"/buscar?{query}")
    assert answer.status_code in (200, 400)
    assert "<h1" in answer.text


async def test_an_identifier_leads_to_its_page(portal: httpx.AsyncClient) -> None:
    """The IRI of a thing answers 303 with the page about it."""
    answer = await portal.get("/id/servicio/hostil", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/servicio/hostil")


async def test_a_record_has_data_twins(portal: httpx.AsyncClient) -> None:
    """The suffix of a record's address asks for its data."""
    assert await page(portal, "/servicio/hostil.ttl") == "service hostil as ttl"
    await page(portal, "/servicio/missing.jsonld", status=404)


async def test_error_codes_are_explained(portal: httpx.AsyncClient) -> None:
    """The page behind a code says what happened and what to do."""
    text = await page(portal, "/errores/SACBE-301")
    assert "<h1>SACBE-301" in text
    assert "<th>it says</th>" in text
    assert "What to do" in text


async def test_a_misspelt_query_is_answered_and_mended(portal: httpx.AsyncClient) -> None:
    """What was meant is a link, in both languages; a right query asks nothing back."""
    spanish = await page(portal, "/buscar?q=pasaportte")
    assert '¿Quiso decir <a href="/buscar?q=pasaporte">pasaporte</a>?' in spanish
    assert "Did you mean" in await page(portal, "/en/buscar?q=passportt")
    assert "Quiso decir" not in await page(portal, "/buscar?q=pasaporte")


async def test_what_nothing_answers_is_told_on(seeded_engine: AsyncEngine) -> None:
    """Once, from the first page of a search without choices, with where it came from."""
    heard: list[tuple[str, str, str]] = []

    async def hear(query: str, language: str, address: str) -> None:
        heard.append((query, language, address))

    portal = Portal(CatalogueReader(seeded_engine, BASE_IRI), unanswered=hear)
    for search in (
        Search(query="xqzwvk"),
        Search(query="pasaporte"),
        Search(),
        Search(query="xqzwvk", chosen={"canal": "online"}),
    ):
        await portal.results(search, "es", "203.0.113.9")
    assert heard == [("xqzwvk", "es", "203.0.113.9")]


async def test_what_people_do_not_find_is_a_page(portal: httpx.AsyncClient) -> None:
    """In both languages, also before there is anything to show."""
    assert "Todavía no hay nada" in await page(portal, "/demanda")
    assert "nothing to publish" in await page(portal, "/en/demanda")
