"""Writes the second half of `docs/code-map.md`: every module with the first sentence of its docstring.

Run it with `make code-map`; a test of the house fails while the map is behind the code.
"""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAP = ROOT / "docs" / "code-map.md"
MARK = "<!-- from here on written by `make code-map` -->\n"
ROOMS = ("terms", "catalog", "adapters", "signing", "xroad_like", "graphql", "portal", "app")


def listing() -> str:
    """Give the generated half: a table per room, its modules in the order of their names."""
    return "\n".join(_room(room) for room in ROOMS)


def _room(room: str) -> str:
    package = next(path for path in (ROOT / room).iterdir() if (path / "__init__.py").exists())
    modules = (path for path in sorted(package.rglob("*.py")) if "versions" not in path.parts)
    rows = [f"| `{path.relative_to(package)}` | {sentence(path)} |" for path in modules if path.name != "__init__.py"]
    return "\n".join([f"## {room}/{package.name}", "", "| module | holds |", "|---|---|", *rows, ""])


def sentence(path: Path) -> str:
    """Give the first sentence of a module's docstring, in one line."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first = re.split(r"\n\n|(?<=[.?!])\s", text, maxsplit=1)[0]
    return " ".join(first.split()).rstrip(".:").replace("|", "\\|")


def written() -> str:
    """Give the whole map as it should stand: the hand-written half, and the listing."""
    return MAP.read_text(encoding="utf-8").partition(MARK)[0] + MARK + "\n" + listing()


if __name__ == "__main__":
    MAP.write_text(written(), encoding="utf-8")
