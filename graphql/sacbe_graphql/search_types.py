"""What search made of a query, as the schema shows it."""

from enum import Enum

import strawberry
from strawberry import field

from sacbe_catalog.understanding import Part


@strawberry.enum(description="How a part of a query was taken.")
class SearchTaken(Enum):
    """An `understanding.Taken`."""

    WRITTEN = strawberry.enum_value("written", description="Records have it as it was written.")
    LEXICON = strawberry.enum_value("lexicon", description="The lexicon says what records call it.")
    CORRECTED = strawberry.enum_value("corrected", description="It was taken for a word that looks or sounds alike.")
    UNKNOWN = strawberry.enum_value("unknown", description="No record has it, and nothing is like it.")


@strawberry.enum(description="Where in a record something was found; a title counts most.")
class SearchPlace(Enum):
    """An `understanding.Where`."""

    TITLE = strawberry.enum_value("title", description="In a title.")
    KEYWORDS = strawberry.enum_value("keywords", description="In its keywords.")
    DESCRIPTION = strawberry.enum_value("description", description="In the description, requirements or institution.")
    REST = strawberry.enum_value("rest", description="Elsewhere in the record.")


def _taken(part: strawberry.Parent[Part]) -> SearchTaken:
    return SearchTaken(part.taken.value)


def _found(part: strawberry.Parent[Part]) -> SearchPlace | None:
    return SearchPlace(part.found.value) if part.found else None


@strawberry.type(description="A part of a query, and what search made of it.")
class SearchPart:
    """An `understanding.Part`."""

    written: str = field(description="As it was written.")
    words: list[str] = field(description="All that it is looked up as.")

    taken: SearchTaken = field(resolver=_taken, description="How it was taken.")
    found: SearchPlace | None = field(
        resolver=_found, description="Where the service has it; null where it has not, and without a service."
    )


@strawberry.type(description="What search made of a query.")
class SearchUnderstanding:
    """An `understanding.Understanding`."""

    did_you_mean: str = field(description="The query with its misspellings mended; empty where there are none.")
    parts: list[SearchPart] = field(description="Each part of the query.")
