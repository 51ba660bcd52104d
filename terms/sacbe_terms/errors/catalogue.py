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
