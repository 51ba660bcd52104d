"""Loose attachments on the wire: a list among the arguments becomes parts, and parts that nothing took a list.

What a description says of them is in terms (`loose_attachments`). A part keeps its Content-ID, its
Content-Type, the name of its file and its bytes; other headers of parts are not shown.
"""

import re
import uuid
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence

from sacbe_adapters.soap.attachment_fields import BINARY
from sacbe_adapters.soap.multipart import PARTS_MAX, Part
from sacbe_terms import loose_attachments
from sacbe_terms.descriptions import Description, Operation, Record
from sacbe_terms.errors import ArgumentsNotValid, Problem

NAME_CHARACTERS_MAX = 200
"""Of a Content-ID that a caller chooses, and of a file's name."""

_NAME = re.compile(rf"[!#-;=?-~]{{1,{NAME_CHARACTERS_MAX}}}")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}(?:; ?[ -~]{1,200})?")
_FILE_NAME = re.compile(rf"[^\x00-\x1f\x7f-\x9f]{{1,{NAME_CHARACTERS_MAX}}}")


class LooseParts:
    """The loose attachments of one operation that shows them."""

    def __init__(self, description: Description, operation: Operation) -> None:
        answer = description.types[operation.result.type]
        assert isinstance(answer, Record)
        self._argument = loose_attachments.argument_name(operation)
        self.value_name, self._list_name = (field.name for field in answer.fields)

    def separated(self, name: str, arguments: Mapping[str, object]) -> tuple[Mapping[str, object], tuple[Part, ...]]:
        """Give the other arguments, and the parts of this one; raises ArgumentsNotValid, naming what is wrong."""
        others = {key: value for key, value in arguments.items() if key != self._argument}
        given = _listed(arguments.get(self._argument))
        parts = tuple(self._part(name, position, one) for position, one in enumerate(given))
        names = [part.content_id for part in parts]
        if len(set(names)) < len(names):
            raise _not_valid(name, self._argument, "two attachments have one name")
        if len(parts) >= PARTS_MAX:
            raise _not_valid(name, self._argument, f"more than {PARTS_MAX - 1} attachments are not sent")
        return others, parts

    def beside(self, value: object, parts: Sequence[Part]) -> dict[str, object]:
        """Give an answer with what came beside it."""
        return {self.value_name: value, self._list_name: [_shown(part) for part in parts]}

    def _part(self, name: str, position: int, given: Mapping[str, object]) -> Part:
        where = f"{self._argument}.{position}"
        content_id = _text(name, f"{where}.name", given.get("name"), _NAME) or f"{uuid.uuid4()}@sacbe"
        media = _text(name, f"{where}.contentType", given.get("contentType"), _MEDIA_TYPE) or BINARY
        file_name = _text(name, f"{where}.fileName", given.get("fileName"), _FILE_NAME)
        try:
            data = b64decode(str(given["content"]), validate=True)
        except (Base64Error, KeyError, ValueError) as error:
            raise _not_valid(name, f"{where}.content", "it is not base64") from error
        return Part(content_id, media, data, file_name)


def _listed(given: object) -> Sequence[Mapping[str, object]]:
    return [one for one in given if isinstance(one, Mapping)] if isinstance(given, Sequence) else []


def _text(name: str, where: str, given: object, form: re.Pattern[str]) -> str:
    if given is None:
        return ""
    text = str(given)
    if form.fullmatch(text) is None:
        raise _not_valid(name, where, "it is too long, empty, or holds signs that no header of a part can carry")
    return text


def _not_valid(name: str, where: str, reason: str) -> ArgumentsNotValid:
    return ArgumentsNotValid(
        what=f"The argument '{where}' of {name} is not valid: {reason}.",
        where=where,
        hint="The schema shows what the operation takes.",
    )


def _shown(part: Part) -> dict[str, object]:
    told = {"name": part.content_id, "contentType": part.content_type, "fileName": part.file_name}
    content = b64encode(part.data).decode()
    return {**{name: text for name, text in told.items() if text}, "content": content}


def told_beside(problems: Sequence[Problem], value_name: str) -> tuple[Problem, ...]:
    """Give what a lenient reader forgave, from where the answer stands beside its attachments."""
    return tuple(
        Problem(where="/".join(filter(None, (value_name, problem.where))), reason=problem.reason)
        for problem in problems
    )
