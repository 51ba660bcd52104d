"""What commands print of strangers' texts is text."""

import pytest

from sacbe.cli.telling import table


def test_a_table_shows_brackets_and_never_obeys_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither markup nor a terminal's commands."""
    table(("place", "value"), [("costs[pago].amount", "[red]\x1b[2J\x07fin")])
    printed = capsys.readouterr().out
    assert "costs[pago].amount" in printed
    assert "[red]\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}fin" in printed
