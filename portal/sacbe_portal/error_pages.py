"""The pages behind error codes, written in `docs/errors/` and shown at `/errores/{code}`."""

import re
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

from sacbe_terms.errors import RecordNotFound

_PACKAGED = Path(__file__).with_name("errors")
_IN_THE_TREE = Path(__file__).resolve().parents[2] / "docs" / "errors"


def folder() -> Path:
    """Give where the pages are: inside the installed package, else in the source tree."""
    return _PACKAGED if _PACKAGED.is_dir() else _IN_THE_TREE


def _reader() -> MarkdownIt:
    """Read what GitHub's readers read of our pages: CommonMark with tables, and no HTML of one's own."""
    return MarkdownIt("commonmark", {"html": False}).enable("table")


@cache
def error_page(code: str) -> tuple[str, str]:
    """Give a page's title and its HTML; raises RecordNotFound for a code without one."""
    path = folder() / f"{code}.md"
    if not re.fullmatch(r"SACBE-\d{3}", code) or not path.is_file():
        raise RecordNotFound("error", code)
    text = path.read_text(encoding="utf-8")
    return text.partition("\n")[0].lstrip("# "), _reader().render(text)
