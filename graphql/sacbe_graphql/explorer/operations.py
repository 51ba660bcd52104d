"""The example operations of `graphql/operations`: shown in the explorer, and run by a test each.

An example is `name.graphql`, whose first two lines are its title in Spanish and English, and
`name.json` beside it where it takes variables.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleOperation:
    """One example; `variables` is JSON, empty where it takes none."""

    name: str
    title: dict[str, str]
    text: str
    variables: str


@cache
def operations() -> tuple[ExampleOperation, ...]:
    """Give every example, in the order of the files' names."""
    return tuple(_read(file) for file in sorted(_folder().glob("*.graphql")))


def _folder() -> Path:
    """Say where the examples lie: in the package where it is installed, beside it in the source tree."""
    package = Path(__file__).parents[1]
    installed = package / "operations"
    return installed if installed.is_dir() else package.parent / "operations"


def _read(file: Path) -> ExampleOperation:
    spanish, english, text = file.read_text(encoding="utf-8").split("\n", 2)
    variables = file.with_suffix(".json")
    return ExampleOperation(
        name=file.stem,
        title={"es": spanish.removeprefix("# es: "), "en": english.removeprefix("# en: ")},
        text=text,
        variables=variables.read_text(encoding="utf-8") if variables.exists() else "",
    )
