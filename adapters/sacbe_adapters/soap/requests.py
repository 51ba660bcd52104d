"""A whole request: the envelope, the arguments that are headers, and those in the Body."""

from collections.abc import Mapping

import msgspec

from sacbe_adapters.soap import envelope
from sacbe_adapters.soap.encoded_requests import RequestEncoding
from sacbe_adapters.soap.schema import BODY
from sacbe_adapters.soap.writing import Namespaces, NotWritable, RecordWriter, Writers
from sacbe_terms.descriptions import Description, Field, Operation, Place


class RequestWriter:
    """Writes requests of one operation."""

    def __init__(
        self, description: Description, operation: Operation, reached: tuple[str, ...], version: envelope.Version
    ) -> None:
        namespaces = Namespaces()
        writers = Writers(description, reached, namespaces)
        headers = [field for field in operation.arguments if field.place is Place.HEADER]
        arguments = tuple(field for field in operation.arguments if field.place is not Place.HEADER)
        self._header_names = frozenset(field.name for field in headers)
        self._headers = writers.group(tuple(map(_as_element, headers)))
        request, is_element = str(operation.binding["request"]), operation.binding["arguments"] == "value"
        self._takes_arguments = bool(request)
        self._is_bare = is_element or request == BODY
        self._tag = namespaces.written(request)
        self._body = writers.group(arguments)
        self._encoding = (
            RequestEncoding(description, operation, namespaces) if operation.binding.get("encoding") else None
        )
        self._head = version.head(namespaces.declarations())

    def written(self, arguments: Mapping[str, object]) -> bytes:
        """Give a request's bytes; raises NotWritable."""
        out = [self._head]
        if not self._header_names.isdisjoint(arguments):
            arguments = self._write_headers(out, arguments)
        out.append(envelope.BODY_START)
        if self._is_bare:
            _write_content(self._body, out, arguments)
        elif self._takes_arguments:
            self._body.write(out, self._tag, arguments)
        elif arguments:
            raise NotWritable("the operation takes no arguments")
        out.append(envelope.TAIL)
        request = "".join(out).encode()
        return self._encoding.put_on(request) if self._encoding else request

    def _write_headers(self, out: list[str], arguments: Mapping[str, object]) -> dict[str, object]:
        """Write those that are headers and give the others."""
        self._headers.write(out, envelope.HEADER_TAG, _only(arguments, self._header_names))
        return _only(arguments, arguments.keys() - self._header_names)


def _as_element(field: Field) -> Field:
    return msgspec.structs.replace(field, place=Place.ELEMENT)


def _only(arguments: Mapping[str, object], names: frozenset[str] | set[str]) -> dict[str, object]:
    return {name: value for name, value in arguments.items() if name in names}


def _write_content(group: RecordWriter, out: list[str], arguments: Mapping[str, object]) -> None:
    """Write the fields of a group without the element around them."""
    start = len(out)
    group.write(out, "", arguments)
    del out[start], out[-1]
