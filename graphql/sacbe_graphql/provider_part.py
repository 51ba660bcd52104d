"""One provider's part of the schema, built by itself, so that a publication builds that part and no other.

A description that cannot be shown is left out with the reason, and never takes the others down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from graphql import GraphQLField, GraphQLNonNull, GraphQLObjectType

from sacbe_graphql import outcomes
from sacbe_graphql.described_types import Offer, check_names, offered
from sacbe_graphql.type_names import TypeNames
from sacbe_terms.errors import NameClash
from sacbe_terms.identifiers import DataServiceId, SubsystemId
from sacbe_xroad_like.registry import Provider, PublishedDataService

IS_ROUTE = "sacbe.route"
"""Key in a type's `extensions`: it leads to exchange fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A published data service, or one link of its records, that cannot be shown, and why."""

    service: DataServiceId
    reason: str


@dataclass(slots=True)
class Linking:
    """The names of the linked fields that were put into a part, and what was not, with the reason."""

    names: set[str] = field(default_factory=set)
    left_out: list[LeftOut] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, eq=False)
class ProviderPart:
    """What a provider brings into the schema."""

    provider: Provider
    fields: Mapping[str, GraphQLField]
    """Its field below `exchange`, under `Query` and under `Mutation`."""
    names: frozenset[str]
    """Of all types that it brings."""
    passed_over: frozenset[str]
    """Better names, that others had taken."""
    left_out: Sequence[LeftOut]
    linked: Linking = field(default_factory=Linking)
    """What was put in beside: fields that lead to other parts."""
    number: int = field(default_factory=count().__next__)
    """Its own in this process: what is kept for a part is kept under it."""

    @property
    def leads_to(self) -> frozenset[SubsystemId]:
        """Whose operations this provider's links call."""
        services = self.provider.data_services
        return frozenset(link.target.service.subsystem for service in services for link in service.links)

    def fits(self, provider: Provider, taken: set[str]) -> bool:
        """Say whether building this provider's part would give this one again."""
        return self.provider == provider and self.names.isdisjoint(taken) and self.passed_over <= taken


def fitting(before: ProviderPart | None, provider: Provider, taken: set[str]) -> ProviderPart:
    """Give the part from before if it fits, else a new one; its types' names are taken from now on."""
    if before is None or not before.fits(provider, taken):
        return _Builder(provider, taken).built()
    taken |= before.names
    return before


def refused(provider: Provider) -> list[LeftOut]:
    """Leave out all of a provider whose alias somebody else has."""
    reason = str(_clash(provider.alias, str(provider.subsystem)))
    return [LeftOut(service=service.identifier, reason=reason) for service in provider.data_services]


@dataclass(slots=True)
class _Builder:
    provider: Provider
    taken: set[str]
    offer: Offer = field(default_factory=Offer)
    names: set[str] = field(default_factory=set)
    passed_over: set[str] = field(default_factory=set)
    left_out: list[LeftOut] = field(default_factory=list)

    def built(self) -> ProviderPart:
        for service in self.provider.data_services:
            try:
                self._add(service)
            except Exception as error:  # whatever is wrong with one description, the others stay
                self.left_out.append(LeftOut(service=service.identifier, reason=str(error)))
        kinds = (("Query", self.offer.reads), ("Mutation", self.offer.changes))
        return ProviderPart(
            fields={kind: self._field(kind, fields) for kind, fields in kinds if fields},
            provider=self.provider,
            names=frozenset(self.names),
            passed_over=frozenset(self.passed_over - self.names),
            left_out=tuple(self.left_out),
        )

    def _add(self, service: PublishedDataService) -> None:
        check_names(str(self.provider.subsystem), (self.provider.alias,))
        names = TypeNames(self.taken, prefix=self.provider.alias, qualifier=service.identifier.service_code)
        offer = offered(service.description, service.identifier, names, resolve=outcomes.outcome)
        for alias in (*offer.reads, *offer.changes):
            if alias in self.offer.reads or alias in self.offer.changes:
                raise _clash(alias, str(service.identifier))
        self._settle(names)
        self.offer.reads.update(offer.reads)
        self.offer.changes.update(offer.changes)

    def _field(self, kind: str, fields: dict[str, GraphQLField]) -> GraphQLField:
        title, names = self.provider.title, TypeNames(self.taken, prefix=self.provider.alias)
        named = GraphQLObjectType(
            names.give(kind),
            fields,
            description=f"{title} ({self.provider.subsystem}).",
            extensions={IS_ROUTE: True},
        )
        self._settle(names)
        return GraphQLField(GraphQLNonNull(named), resolve=outcomes.onward, description=title or None)

    def _settle(self, names: TypeNames) -> None:
        names.settle()
        self.names |= names.given
        self.passed_over |= names.passed_over


def _clash(alias: str, where: str) -> NameClash:
    return NameClash(
        what=f"The name '{alias}' is already taken.", where=where, hint="Give one of the two another alias."
    )
