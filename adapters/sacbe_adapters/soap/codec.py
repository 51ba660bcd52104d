"""One operation's way onto the wire and back, compiled from the description alone.

Neither zeep nor the WSDL is needed at run time. A codec is made at an operation's first call
and kept as long as its description is in force.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from sacbe_adapters.soap import envelope
from sacbe_adapters.soap.attachments import Attachments, opened
from sacbe_adapters.soap.encoded_replies import ReplyEncoding
from sacbe_adapters.soap.forms import NotOrdinary
from sacbe_adapters.soap.lane import Lane
from sacbe_adapters.soap.lenient import LenientReader
from sacbe_adapters.soap.loose_parts import LooseParts, told_beside
from sacbe_adapters.soap.multipart import Part
from sacbe_adapters.soap.reading import Broken, Readers, local_name, result_reader
from sacbe_adapters.soap.reply_headers import ReplyHeaders
from sacbe_adapters.soap.requests import RequestWriter
from sacbe_adapters.soap.schema import BODY
from sacbe_adapters.soap.stand_ins import StandIns
from sacbe_adapters.soap.writing import NotWritable
from sacbe_adapters.soap.wsdl import PLAIN
from sacbe_adapters.transport import HttpReply
from sacbe_terms import loose_attachments
from sacbe_terms.descriptions import Description, Operation, reached_types
from sacbe_terms.errors import AdapterError, ArgumentsNotValid, Problem, ReplyBreaksContract

CODECS_MAX = 4096
"""Codecs kept; the one used longest ago is made anew when it is asked for again."""

_NOT_READ = object()
"""Stands for the value of a reply that no lane has read."""


@dataclass(frozen=True, slots=True)
class _Came:
    """What a reply holds: the element of its value in literal form, its Body, and the parts that nothing took.

    There is no element where no value is promised.
    """

    content: envelope.Element | None
    body: envelope.Element
    parts: tuple[Part, ...]
    stand_ins: StandIns


class Codec:
    """Writes requests of one operation and reads its replies."""

    def __init__(self, description: Description, operation: Operation) -> None:
        self.description = description
        self.loose = LooseParts(description, operation) if loose_attachments.is_shown(operation) else None
        self._operation = operation = loose_attachments.hidden(description, operation)
        self._lenient: LenientReader | None = None
        binding = operation.binding
        self.version = envelope.VERSIONS[str(binding["soap"])]
        self.headers = self.version.headers(str(binding["action"]))
        self.is_plain = binding["soap"] == PLAIN
        self._is_one_way = bool(binding["one_way"])
        reached = reached_types(description, operation)
        self._request = RequestWriter(description, operation, reached, self.version)
        self._compile_reply(description, operation, reached)
        self.attachments = Attachments(description, operation)

    @property
    def takes_parts(self) -> bool:
        """Whether a value of the answer may stand beside the envelope, but for what XOP moves there."""
        return self.attachments.takes_parts or self.loose is not None

    def separated(self, name: str, arguments: Mapping[str, object]) -> tuple[Mapping[str, object], tuple[Part, ...]]:
        """Give the arguments of the message itself, and the files beside it; raises ArgumentsNotValid."""
        return (arguments, ()) if self.loose is None else self.loose.separated(name, arguments)

    def encode(self, name: str, arguments: Mapping[str, object]) -> bytes:
        """Give the request's bytes; raises ArgumentsNotValid, naming the argument."""
        try:
            request = self._request.written(arguments)
            return envelope.without_envelope(request) if self.is_plain else request
        except NotWritable as error:
            place = ".".join(error.path) or name
            raise ArgumentsNotValid(
                what=f"The argument '{place}' of {name} is not valid: {error.reason}.",
                where=place,
                hint="The schema shows what the operation takes.",
            ) from error

    def decode(self, name: str, reply: HttpReply) -> object:
        """Give the reply's value; raises LegacySystemFault, ReplyNotReadable, ReplyBreaksContract."""
        if self._is_one_way and reply.status in (200, 202, 204) and not reply.body.strip():
            return True if self.loose is None else self.loose.beside(True, ())
        came, value = self._by_lane(name, reply) or (self._content(name, reply), _NOT_READ)
        try:
            if value is _NOT_READ:
                value = True if came.content is None else self._read(came.content)
            if self._headers and isinstance(value, dict):
                value.update(self._headers.read(came.body))
        except Broken as error:
            raise ReplyBreaksContract(name, place=error.place, reason=error.reason) from error
        value = came.stand_ins.undone(value)
        return value if self.loose is None else self.loose.beside(value, came.parts)

    def _by_lane(self, name: str, reply: HttpReply) -> tuple[_Came, object] | None:
        """Give what an ordinary reply holds, and its value; None for any other, whatever is wrong with it."""
        framed = self._lane.framed(reply)
        if framed is None:
            return None
        try:
            came = self._content(name, framed.frame)
            return came, self._lane.read(came.content, framed.inside)
        except (AdapterError, NotOrdinary, ValueError):
            return None

    def _content(self, name: str, reply: HttpReply) -> _Came:
        """Give what a reply holds; raises as `decode` does."""
        message, stand_ins = opened(name, reply), StandIns()
        body = self._body(name, message.envelope)
        if not self._response:
            return _Came(None, body, message.parts, stand_ins)
        parts = self.attachments.put_in(name, body, message.parts, stand_ins) if message.is_multipart else ()
        try:
            content = self._of_body(name, body)
            if content is None:
                raise _missing(name, self._response)
            if content is not body and content.tag != self._response:
                raise Broken(content, f"'{local_name(self._response)}' of the description is expected here")
        except Broken as error:
            raise ReplyBreaksContract(name, place=error.place, reason=error.reason) from error
        return _Came(content, body, parts, stand_ins)

    def _body(self, name: str, reply: HttpReply) -> envelope.Element:
        if self.is_plain:
            return envelope.plain_body(name, reply)
        return envelope.body(name, reply, self._read_detail)

    def _of_body(self, name: str, body: envelope.Element) -> envelope.Element | None:
        if self._response == BODY:
            return body
        return self._encoding.taken_off(list(body)) if self._encoding else envelope.content(name, body)

    def decode_leniently(self, name: str, reply: HttpReply) -> tuple[object, tuple[Problem, ...]]:
        """Give the reply's value with what was forgiven; raises as `decode` does for what cannot be."""
        try:
            return self.decode(name, reply), ()
        except ReplyBreaksContract:
            came = self._content(name, reply)
            assert came.content is not None
            try:
                value, problems = self._lenient_reader().read(came.content)
            except Broken as error:
                raise ReplyBreaksContract(name, place=error.place, reason=error.reason) from error
            if self._headers and isinstance(value, dict):
                said, forgiven = self._headers.read_leniently(came.body)
                value, problems = {**value, **said}, (*problems, *forgiven)
            value = came.stand_ins.undone(value)
            if self.loose is None:
                return value, problems
            return self.loose.beside(value, came.parts), told_beside(problems, self.loose.value_name)

    def _lenient_reader(self) -> LenientReader:
        """Made when a reply first needs it."""
        if self._lenient is None:
            reached = reached_types(self.description, self._operation)
            self._lenient = LenientReader(self.description, self._operation, reached)
        return self._lenient

    def _compile_reply(self, description: Description, operation: Operation, reached: tuple[str, ...]) -> None:
        readers = Readers(description, reached)
        self._encoding = ReplyEncoding(description, operation) if operation.binding.get("encoding") else None
        self._response = str(operation.binding["response"])
        self._read = result_reader(operation, readers)
        self._lane = Lane(description, operation, readers)
        self._headers = ReplyHeaders(description, operation, readers)
        self._details = {
            fault.wire: (fault.name, readers.record(fault.type).read if fault.type else _text)
            for fault in operation.faults
        }

    def _read_detail(self, detail: envelope.Element) -> dict[str, object]:
        """Give the declared parts of a fault's detail; all else in it is the upstream's own affair."""
        found: dict[str, object] = {}
        for child in detail:
            name, read = self._details.get(str(child.tag), ("", _text))
            if name:
                try:
                    found[name] = read(child)
                except Broken:
                    continue
        return found


def _text(element: envelope.Element) -> str:
    return element.text or ""


def _missing(name: str, response: str) -> ReplyBreaksContract:
    return ReplyBreaksContract(name, place=local_name(response), reason="the Body is empty")


class Codecs:
    """Keeps the codecs in use, by the identity of their description."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, str], Codec] = OrderedDict()

    def of(self, description: Description, operation: Operation) -> Codec:
        """Give the operation's codec, made once per description object."""
        key = (id(description), operation.code)
        codec = self._kept.get(key)
        if codec is None or codec.description is not description:
            codec = self._kept[key] = Codec(description, operation)
            if len(self._kept) > CODECS_MAX:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return codec
