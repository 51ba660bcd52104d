"""The code map is what the code is."""

import importlib.util

from tests.house.tree import ROOT


def test_the_map_is_up_to_date() -> None:
    """Every module stands in `docs/code-map.md` with what it says of itself; `make code-map` writes it."""
    spec = importlib.util.spec_from_file_location("code_map", ROOT / "scripts" / "code_map.py")
    assert spec is not None
    assert spec.loader is not None
    code_map = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(code_map)
    assert (ROOT / "docs" / "code-map.md").read_text(encoding="utf-8") == code_map.written()
