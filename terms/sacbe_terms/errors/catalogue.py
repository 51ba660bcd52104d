"""2xx: records, imports and exports."""

from collections.abc import Sequence

from sacbe_terms.errors.root import Problem, SacbeError


class CatalogueError(SacbeError):
    """A record of the catalogue, or a file of records, is not as it must be."""

    status = 400


class RecordNotFound(CatalogueError):
    """No record has this identifier."""

    code = "SACBE-201"
    status = 404

    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(
            what=f"No {kind} has the identifier '{identifier}'.",
            where=identifier,
            hint="Search the catalogue for it.",
        )


class ImportRefused(CatalogueError):
    """A file was not imported; `problems` locates every finding, and nothing was stored."""

    code = "SACBE-202"

    def __init__(self, file: str, problems: Sequence[Problem]) -> None:
        super().__init__(
            what=f"Nothing was imported from {file}: {len(problems)} problem{'s' if len(problems) != 1 else ''} found.",
            where=file,
            hint="Mend the places named and import again; it is all or nothing.",
            problems=problems,
        )


class FormatUnknown(CatalogueError):
    """The file's format is not one that the catalogue reads or writes."""

    code = "SACBE-203"


class CursorNotValid(CatalogueError):
    """The paging cursor was not made by this list."""

    code = "SACBE-204"


class StaleDraft(CatalogueError):
    """Somebody changed a record since the draft was made from it; `problems` tells both sides' changes."""

    code = "SACBE-205"
    status = 409

    def __init__(self, number: int, problems: Sequence[Problem]) -> None:
        super().__init__(
            what=f"Draft {number} was made from a record that somebody has changed since; nothing was published.",
            where=f"draft {number}",
            hint="Make a draft anew from what is in force, with both sides' changes.",
            problems=problems,
        )


class DraftStateRefused(CatalogueError):
    """The draft stands where it cannot be moved to what was asked."""

    code = "SACBE-206"
    status = 409

    def __init__(self, number: int, state: str, wanted: str) -> None:
        super().__init__(
            what=f"Draft {number} is '{state}' and cannot become '{wanted}'.",
            where=f"draft {number}",
            hint="Look at the draft; what is published or withdrawn is drafted anew.",
        )
