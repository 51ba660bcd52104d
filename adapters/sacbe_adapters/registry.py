"""Which adapters are installed, found by entry point: adding one edits no file here."""

from collections.abc import Mapping
from importlib import metadata

from sacbe_adapters.contract import Adapter, Likeness
from sacbe_adapters.transport import Transport
from sacbe_terms.errors import AdapterUnknown

GROUP = "sacbe.adapters"
"""The entry-point group; an entry's name is the adapter's kind."""


def adapters(transport: Transport) -> dict[str, Adapter]:
    """Give one adapter object of each installed kind, on this transport; raises AdapterUnknown."""
    return {entry.name: _loaded(entry)(transport) for entry in sorted(metadata.entry_points(group=GROUP))}


def of_kind(installed: Mapping[str, Adapter], kind: str) -> Adapter:
    """Give the adapter of this kind; raises AdapterUnknown, naming the kinds there are."""
    if kind not in installed:
        raise AdapterUnknown(
            what=f"No adapter of the kind '{kind}' is installed.",
            where=kind,
            hint=f"Installed are: {', '.join(sorted(installed))}.",
        )
    return installed[kind]


def kind_of(installed: Mapping[str, Adapter], document: bytes, location: str) -> str:
    """Guess which kind of adapter reads a document: the one that is surest of it.

    Raises AdapterUnknown where none knows it, or where two are equally sure.
    """
    likeness = {kind: adapter.recognises(document, location) for kind, adapter in installed.items()}
    best = max(likeness.values(), default=Likeness.NONE)
    surest = sorted(kind for kind, found in likeness.items() if found is best)
    if best is Likeness.NONE or len(surest) > 1:
        looks_like = "nothing that an installed adapter reads" if best is Likeness.NONE else " and ".join(surest)
        raise AdapterUnknown(
            what=f"The document does not say what kind of system it describes: it looks like {looks_like}.",
            where=location,
            hint=f"Name the kind with --kind: {', '.join(sorted(installed))}.",
        )
    return surest[0]


def _loaded(entry: metadata.EntryPoint) -> type[Adapter]:
    try:
        found = entry.load()
    except (ImportError, AttributeError) as error:
        raise _unusable(entry, "it cannot be loaded") from error
    if not (isinstance(found, type) and issubclass(found, Adapter)):
        raise _unusable(entry, "it is not an Adapter")
    return found


def _unusable(entry: metadata.EntryPoint, reason: str) -> AdapterUnknown:
    return AdapterUnknown(
        what=f"The adapter '{entry.name}' ({entry.value}) cannot be used: {reason}.",
        where=entry.value,
        hint="Mend or remove the package that brings it.",
    )
