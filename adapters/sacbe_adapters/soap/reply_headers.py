"""What a reply says in its header, where its description declares it: members of the result beside those of the Body.

A reply need not have them. Header blocks that nothing declares are accepted and passed over. Of a
signed reply only the Body is read, so that a header never counts as proven when it is not.
"""

from sacbe_adapters.soap.envelope import SOAP_11, SOAP_12, Element
from sacbe_adapters.soap.reading import Broken, Read, Readers
from sacbe_terms.descriptions import Description, Operation, Place
from sacbe_terms.errors import Problem

_HEADERS = (f"{{{SOAP_11}}}Header", f"{{{SOAP_12}}}Header")


class ReplyHeaders:
    """The declared headers of one operation's replies."""

    def __init__(self, description: Description, operation: Operation, readers: Readers) -> None:
        record = description.record(operation.result.type) if operation.binding["result"] == "fields" else None
        fields = () if record is None else record.fields
        self._reads: dict[str, tuple[str, Read]] = {
            field.wire: (field.name, readers.element_reader(field)) for field in fields if field.place is Place.HEADER
        }

    def __bool__(self) -> bool:
        """Say whether there are any."""
        return bool(self._reads)

    def read(self, body: Element) -> dict[str, object]:
        """Give what the header beside a Body says; raises Broken."""
        values: dict[str, object] = {}
        for block, name, read in self._blocks(body):
            if name in values:
                raise Broken(block, "it stands more often than the description allows")
            values[name] = read(block)
        return values

    def read_leniently(self, body: Element) -> tuple[dict[str, object], tuple[Problem, ...]]:
        """Give the same, with null for what breaks the description, and what was forgiven."""
        values: dict[str, object] = {}
        problems: list[Problem] = []
        for block, name, read in self._blocks(body):
            try:
                values[name] = read(block)
            except Broken as error:
                values[name] = None
                problems.append(Problem(where=name, reason=error.reason))
        return values, tuple(problems)

    def _blocks(self, body: Element) -> list[tuple[Element, str, Read]]:
        envelope = body.getparent()
        headers = [] if envelope is None else [child for child in envelope if child.tag in _HEADERS]
        blocks = [block for header in headers for block in header if str(block.tag) in self._reads]
        return [(block, *self._reads[str(block.tag)]) for block in blocks]
