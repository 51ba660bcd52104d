"""Generated schemas and values: what our codec writes zeep understands, and what zeep writes we do."""

from typing import Any

import zeep
import zeep.helpers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from sacbe_adapters import xml
from sacbe_adapters.soap import bundle, operations
from sacbe_adapters.soap.codec import Codec
from sacbe_adapters.transport import HttpReply
from sacbe_terms.descriptions import Description
from tests.adapters import invented_schemas
from tests.adapters.reading import NAME
from tests.adapters.test_soap_against_zeep import in_zeeps_form

EXAMPLES = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


class _OneDocument:
    """zeep's way to the one document."""

    def __init__(self, text: str) -> None:
        self._text = text

    def load(self, _: str) -> bytes:
        """Give it."""
        return self._text.encode()


def both(text: str) -> tuple[Description, Codec, Any]:
    """Our description and codec of a WSDL, and zeep's client of it."""
    description = operations.describe(bundle.load("/invented.wsdl", lambda *_: text.encode()))
    assert not description.uncovered
    client: Any = zeep.Client
    return (
        description,
        Codec(description, description.operations[0]),
        client("/invented.wsdl", transport=_OneDocument(text)),
    )


def as_reply(request: etree._Element) -> bytes:
    """A request of `eco` as the reply to it."""
    content = request[-1][0]
    content.tag = f"{{{invented_schemas.NAMESPACE}}}ecoResponse"
    return etree.tostring(request)


def plain(value: Any) -> Any:
    """A value without what says nothing: nulls and empty lists, which zeep does not tell apart from absence."""
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items() if member is not None and member != []}
    return [plain(member) for member in value] if isinstance(value, list) else value


@EXAMPLES
@given(invented_schemas.wsdls(), st.data())
def test_zeep_understands_what_we_write(text: str, data: st.DataObject) -> None:
    """A value that our codec has written is, read by zeep, the same value."""
    description, codec, client = both(text)
    field = description.operations[0].arguments[0]
    record = description.record(field.type)
    assert record is not None
    value = invented_schemas.records(data.draw, description, record)
    reply = as_reply(xml.parse(codec.encode(NAME, {field.name: value})))
    read = client.service._binding.get("eco").process_reply(xml.parse(reply))
    as_dict: Any = zeep.helpers.serialize_object
    assert plain(as_dict(read, dict)) == plain(in_zeeps_form(description, record.fields, value))


@EXAMPLES
@given(invented_schemas.wsdls(), st.data())
def test_we_understand_what_zeep_writes(text: str, data: st.DataObject) -> None:
    """A value that zeep has written is, read by our codec, the same value."""
    description, codec, client = both(text)
    field = description.operations[0].arguments[0]
    record = description.record(field.type)
    assert record is not None
    value = invented_schemas.records(data.draw, description, record)
    theirs = {"valor": in_zeeps_form(description, record.fields, value)}
    reply = as_reply(client.create_message(client.service, "eco", **theirs))
    assert plain(codec.decode(NAME, HttpReply(status=200, headers={}, body=reply))) == plain(value)


@EXAMPLES
@given(invented_schemas.wsdls(), st.data())
def test_what_we_write_we_read(text: str, data: st.DataObject) -> None:
    """Nil, absence, empty and present stay apart on the way out and back."""
    description, codec, _ = both(text)
    field = description.operations[0].arguments[0]
    record = description.record(field.type)
    assert record is not None
    value = invented_schemas.records(data.draw, description, record)
    reply = as_reply(xml.parse(codec.encode(NAME, {field.name: value})))
    read = codec.decode(NAME, HttpReply(status=200, headers={}, body=reply))
    assert _without_empty_lists(read) == _without_empty_lists(value)


def _without_empty_lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_empty_lists(member) for name, member in value.items() if member != []}
    return [_without_empty_lists(member) for member in value] if isinstance(value, list) else value
