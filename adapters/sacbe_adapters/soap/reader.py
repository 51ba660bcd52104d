"""What the reading process does with a WSDL: its bundle, our own reader, zeep's opinion, and what is wrong with it."""

from sacbe_adapters.describing.worker import Fetch
from sacbe_adapters.soap import bundle, operations
from sacbe_adapters.soap.refusal import NotReadable
from sacbe_terms.descriptions import Description
from sacbe_terms.errors import AddressRefused, DescriptionNotReadable, NothingUsable, Problem

PROBLEMS_MAX = 20
"""Reasons told when nothing can be offered."""


def read(location: str, fetch: Fetch) -> Description:
    """Give what a WSDL offers; raises DescriptionNotReadable, AddressRefused, NothingUsable."""
    try:
        loaded = bundle.load(location, _telling_who_names(fetch))
        description = operations.describe(loaded)
    except NotReadable as error:
        raise DescriptionNotReadable(what=f"{error.what}.", where=error.where, hint=error.hint) from error
    description = _agreed(loaded, description)
    if not description.operations:
        raise _nothing_usable(description, location)
    return description


def _agreed(loaded: bundle.Bundle, description: Description) -> Description:
    """Ask the second reader; it is loaded only here, since zeep takes longer to load than most refusals."""
    from sacbe_adapters.soap.second_reader import agreed

    return agreed(loaded, description)


def _telling_who_names(fetch: Fetch) -> Fetch:
    """A document that an import names and that cannot be had is told at the place of the import."""

    def fetch_or_tell(location: str, named_at: str) -> bytes:
        try:
            return fetch(location, named_at)
        except AddressRefused as error:
            raise AddressRefused(
                what=f"The document imports '{location}'. {error.what}",
                where=named_at,
                hint="Save the imported document beside the first one and name it there, or publish it under https.",
            ) from error
        except DescriptionNotReadable as error:
            raise DescriptionNotReadable(
                what=f"An imported document is missing: {error.what}",
                where=named_at,
                hint="Put the imported document where it is named.",
            ) from error

    return fetch_or_tell


def _nothing_usable(description: Description, location: str) -> NothingUsable:
    problems = [Problem(where=entry.where, reason=entry.reason) for entry in description.uncovered]
    return NothingUsable(
        what="None of its operations can be offered." if problems else "It offers no operation over SOAP.",
        where=problems[0].where if problems else location,
        hint=problems[0].reason if problems else "Give the WSDL that holds the service and its bindings.",
        problems=problems[:PROBLEMS_MAX],
    )
