"""The explorer: one page in two languages that loads nothing from elsewhere and needs no script of its own inside."""

import re
from html.parser import HTMLParser

import pytest

from sacbe_graphql.explorer import pages
from tests.graphql.world import World

PAGES = {"es": "/explore", "en": "/en/explore"}
BYTES_MAX = 40_000


class Reader(HTMLParser):
    """Reads a page: ids, labels, references, and what a strict content policy would stop."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.references: list[str] = []
        self.addresses: list[str] = []
        self.named: set[str] = set()
        self.controls: list[str] = []
        self.inline: list[str] = []
        self.language = ""
        self.headings: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids += [given["id"]] if "id" in given else []
        for name in ("for", "aria-describedby", "aria-labelledby"):
            self.references += given.get(name, "").split()
        self.named |= {given["for"]} if "for" in given else set()
        self.addresses += [given[name] for name in ("src", "href", "action") if name in given]
        self.controls += [given.get("id", "")] if tag in ("input", "select", "textarea") else []
        self.inline += [name for name in given if name.startswith("on") or name == "style"]
        self.inline += [tag] if tag == "style" or (tag == "script" and "src" not in given) else []
        self.headings += [tag] if tag in ("h1", "h2") else []
        self.language = given.get("lang", "") if tag == "html" else self.language


@pytest.mark.parametrize("language", PAGES)
def test_the_page_is_sound(language: str) -> None:
    """Ids are unique, every reference leads somewhere, every control has a label, and there is one first heading."""
    page = Reader(pages.page(language))
    assert page.language == language
    assert len(page.ids) == len(set(page.ids))
    assert set(page.references) <= set(page.ids)
    assert set(page.controls) <= page.named
    assert page.headings.count("h1") == 1


@pytest.mark.parametrize("language", PAGES)
def test_the_page_works_under_a_strict_policy(language: str) -> None:
    """No inline script, style or handler, and no address of another host."""
    page = Reader(pages.page(language))
    assert page.inline == []
    assert all(address.startswith(("/", "#")) for address in page.addresses)


def test_nothing_is_loaded_from_elsewhere() -> None:
    """Style and script name no other host, store nothing and never write markup."""
    for name in ("explorer.css", "explorer.js"):
        text = pages._asset(name)
        assert "//" not in re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Storage|cookie|@import|url\(", text
        )


def test_the_explorer_is_small() -> None:
    """Page, style and script together stay within 40 kB before compression."""
    texts = (pages.page("es"), pages._asset("explorer.css"), pages._asset("explorer.js"))
    assert sum(len(text.encode()) for text in texts) <= BYTES_MAX


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    ("address", "media_type"),
    [
        ("/explore", "text/html; charset=utf-8"),
        ("/en/explore", "text/html; charset=utf-8"),
        ("/explore/explorer.css", "text/css; charset=utf-8"),
        ("/explore/explorer.js", "text/javascript; charset=utf-8"),
    ],
)
async def test_everything_is_served(world: World, address: str, media_type: str) -> None:
    """The page in both languages and what it loads are there, each with its media type."""
    response = await world.client.get(address)
    assert response.status_code == 200
    assert response.headers["content-type"] == media_type


def test_the_script_finds_what_it_names() -> None:
    """Every id and every word that the script uses is on the page."""
    script, page = pages._asset("explorer.js"), pages.page("es")
    assert set(re.findall(r'find\("([\w-]+)"\)', script)) <= set(Reader(page).ids)
    assert {f"data-{name}=" for name in re.findall(r"words\.(\w+)", script)} <= set(re.findall(r"data-\w+=", page))
