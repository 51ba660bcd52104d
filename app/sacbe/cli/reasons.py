"""The reason that a command gives for a change, and who gives it."""

from typing import Final

import click

WHY_CHARACTERS_MAX: Final = 300
"""Of a reason."""

OPERATOR: Final = "operator"
"""Who changes something by command: whoever owns the machine."""


def _reason(_context: click.Context, _parameter: click.Parameter, why: str) -> str:
    if not why.strip() or len(why) > WHY_CHARACTERS_MAX:
        raise click.BadParameter(f"must be some words, and at most {WHY_CHARACTERS_MAX} characters")
    return why.strip()


why_option = click.option("--why", required=True, callback=_reason, help="The reason, for whoever reads the versions.")
