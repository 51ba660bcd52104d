"""Puts declared links into the schema: a field on one provider's type, typed as another's operation answers.

It works on types that were built for this schema and are in no other yet; `merge` builds each part anew whose
links lead into a part that is new. A link that no longer fits is
left out with its reason, and takes nothing else with it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from graphql import GraphQLField, GraphQLObjectType, GraphQLUnionType, get_named_type

from sacbe_graphql import outcomes
from sacbe_graphql.described_types import DESCRIBED_NAME, OFFERED, Offered
from sacbe_graphql.provider_part import LeftOut, ProviderPart
from sacbe_graphql.selection import LINKED, Linked, Selection, together
from sacbe_terms.errors import LinkNotValid
from sacbe_terms.identifiers import DataServiceId, OperationId
from sacbe_terms.links import Link
from sacbe_xroad_like import link_check
from sacbe_xroad_like.registry import PublishedDataService

LINK_NAMES = "sacbe.links"
"""Key in a schema's `extensions`: names of all linked fields, so that other queries are planned without them."""

KEYS_MAX = 100
"""How many keys one call of a list operation takes, unless its description allows fewer: lists of more are cut."""


def add(new: Sequence[ProviderPart], parts: Sequence[ProviderPart]) -> None:
    """Put every link of the new parts into their types, and note in each part what was left out; `parts` are all."""
    linking = [(part, link) for part in new for service in part.provider.data_services for link in service.links]
    if not linking:
        return
    services = {each.identifier: each for part in parts for each in part.provider.data_services}
    joining = _Joining(services, _operations(field for part in parts for field in part.fields.values()))
    for part, link in linking:
        try:
            joining.add(link)
            part.linked.names.add(link.field)
        except LinkNotValid as error:
            part.linked.left_out.append(LeftOut(service=link.service, reason=error.what))


class _Joining:
    def __init__(
        self,
        services: Mapping[DataServiceId, PublishedDataService],
        operations: Mapping[OperationId, GraphQLField],
    ) -> None:
        self._services = services
        self._operations = operations
        self._records: dict[DataServiceId, dict[str, GraphQLObjectType]] = {}

    def add(self, link: Link) -> None:
        here, there = self._services[link.service], self._services.get(link.target.service)
        target, called = self._operations.get(link.target), self._operations.get(link.called)
        if there is None or target is None or called is None:
            hint = "It comes back with the operation."
            raise LinkNotValid(link.name, reason=f"{link.called} is not published", hint=hint)
        link_check.refuse_unfit(link, here.description, there.description)
        record = here.description.types[link.type_name]
        named = self._records_of(link.service).get(record.name)
        if named is None:
            raise LinkNotValid(link.name, reason="its type is not in the schema", hint="See what else was left out.")
        named.fields[link.field] = _field(link, target, called)

    def _records_of(self, service: DataServiceId) -> dict[str, GraphQLObjectType]:
        if service not in self._records:
            fields = [each for identifier, each in self._operations.items() if identifier.service == service]
            self._records[service] = dict(_records(fields))
        return self._records[service]


def _operations(provider_fields: Iterable[GraphQLField]) -> dict[OperationId, GraphQLField]:
    found = {}
    for provider_field in provider_fields:
        named = get_named_type(provider_field.type)
        assert isinstance(named, GraphQLObjectType)
        for each in named.fields.values():
            offered: Offered = each.extensions[OFFERED]
            found[OperationId(offered.service, offered.operation.code)] = each
    return found


def _records(fields: Iterable[GraphQLField]) -> Iterator[tuple[str, GraphQLObjectType]]:
    """Give the record types that these fields reach without a link, by their names in the description."""
    waiting = [get_named_type(each.type) for each in fields]
    seen = set()
    while waiting:
        named = waiting.pop()
        if named.name in seen:
            continue
        seen.add(named.name)
        if isinstance(named, GraphQLUnionType):
            waiting += named.types
        elif isinstance(named, GraphQLObjectType):
            yield named.extensions[DESCRIBED_NAME], named
            waiting += [get_named_type(each.type) for each in named.fields.values() if LINKED not in each.extensions]


def _field(link: Link, target: GraphQLField, called: GraphQLField) -> GraphQLField:
    offered: Offered = called.extensions[OFFERED]
    documentation: str = target.extensions[OFFERED].operation.documentation
    whose = f"Asked of {link.called}, to which you need a right of its own."
    return GraphQLField(
        target.type,
        resolve=outcomes.linked,
        description=" ".join(filter(None, (documentation, whose))),
        extensions={LINKED: _linked(link, offered)},
    )


def _linked(link: Link, offered: Offered) -> Linked:
    arguments = {each.name: each for each in offered.operation.arguments}
    inputs: Selection = {}
    for way in link.sources.values():
        inputs = together(inputs, _nested(way))
    return Linked(
        service=offered.service,
        operation_code=offered.operation.code,
        sources=link.sources,
        constants={
            name: link_check.constant(arguments[name], text, offered.description)
            for name, text in link.arguments.items()
            if name not in link.sources
        },
        inputs=inputs,
        batch=link.batch,
        keys_max=_keys_max(link, offered),
    )


def _keys_max(link: Link, offered: Offered) -> int:
    lists = [each for each in offered.operation.arguments if link.batch and each.name == link.batch.argument]
    stated = [each.facets.items_max for each in lists if each.facets and each.facets.items_max]
    return min(KEYS_MAX, *stated, KEYS_MAX)


def _nested(way: tuple[str, ...]) -> Selection:
    below: Selection = {}
    for name in reversed(way):
        below = {name: below}
    return below
