"""The explorer: one page in two languages that loads nothing from elsewhere and needs no script of its own inside."""

import gzip
import re
from html.parser import HTMLParser

import pytest

from sacbe_graphql.explorer import assets, pages
from sacbe_graphql.explorer.words import SPOKEN
from tests.graphql.world import World

PAGES = {"es": "/explore", "en": "/en/explore"}
BYTES_MAX = 40_000
"""Of the page with all that it loads, compressed."""


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


def texts() -> dict[str, str]:
    """Give every asset's text by its name."""
    return {name: asset.content.decode() for name, asset in assets.assets().items()}


def script() -> str:
    """Give all modules as one text, without their lines of comment."""
    modules = "\n".join(text for name, text in texts().items() if name.endswith(".js"))
    return re.sub(r"^\s*//.*$", "", modules, flags=re.MULTILINE)


def test_nothing_is_loaded_from_elsewhere() -> None:
    """Style and script name no other host, set no cookie and never write markup."""
    for text in (script(), texts()["explorer.css"]):
        assert "//" not in text
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|cookie|@import|\burl\(", text)


def test_the_explorer_is_small() -> None:
    """Page, style and script together stay within 40 kB compressed."""
    page = len(gzip.compress(pages.page("es").encode()))
    assert page + sum(len(asset.compressed) for asset in assets.assets().values()) <= BYTES_MAX


def test_a_module_is_short_enough_to_read() -> None:
    """No module of the script is longer than 350 lines."""
    assert all(text.count("\n") <= 350 for text in texts().values())


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("language", PAGES)
async def test_everything_is_served(world: World, language: str) -> None:
    """The page and all that it names of its own are there, compressed where that is understood."""
    response = await world.client.get(PAGES[language])
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    named = [address for address in Reader(response.text).addresses if address.startswith(assets.FOLDER)]
    assert {address.rpartition("/")[2] for address in named} == set(assets.assets())
    for address in named:
        name = address.rpartition("/")[2]
        for accepted in ("gzip", "identity"):
            served = await world.client.get(address, headers={"accept-encoding": accepted})
            assert served.text == texts()[name]
            assert served.headers.get("content-encoding", "identity") == accepted
            assert served.headers["content-type"] == f"{assets.assets()[name].media_type}; charset=utf-8"


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("path", ["000000000000/main.js", "{version}/pages.py", "{version}/..%2Fpages.py"])
async def test_nothing_else_is_served(world: World, path: str) -> None:
    """An asset of another release, or a file that is none, is not found."""
    address = f"{assets.FOLDER}/{path.format(version=assets.version())}"
    assert (await world.client.get(address)).status_code == 404


def test_the_script_finds_what_it_names() -> None:
    """Every id that the script uses is on the page, and every word that it says is there in both languages."""
    named = set(re.findall(r'find\("([\w-]+)"\)', script()))
    assert named <= set(Reader(pages.page("es")).ids)
    said = re.findall(r'(?:say|problem)\(\s*"(\w+)"', script()) + re.findall(r'word: "(\w+)"', script())
    assert set(said) <= set(SPOKEN)
