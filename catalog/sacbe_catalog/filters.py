"""Which services a reader may see and asked to see, as conditions on the table `service`.

A condition is there only where its filter is used, so each combination is a statement of its own
that the database plans well. Values are bound by `parameters`, never written into a statement.
"""

from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from sacbe_catalog import tables
from sacbe_catalog.views import ServiceFilter

service = tables.service.c

KINDS: Final = {"institutions": "institution", "events": "event"}
"""The filters by what a service points to, and the kind of node that it is."""

Identifiers = sa.ColumnElement[Any]
"""An array of texts, bound when the statement runs."""


def storable(text: str) -> bool:
    """Say whether any stored text could equal this one; the database cannot even be asked about others."""
    return "\0" not in text and text.encode(errors="replace").decode() == text


def parameters(filter: ServiceFilter) -> dict[str, object]:
    """Give what conditions are bound to, for the filters that are used."""
    values: dict[str, object] = {
        name: [text for text in getattr(filter, name) if storable(text)] for name in used(filter)
    }
    if filter.free_of_charge is not None:
        values["free_of_charge"] = filter.free_of_charge
    return values


def used(filter: ServiceFilter) -> tuple[str, ...]:
    """Name the filters by list that are used."""
    return tuple(name for name in _BY_LIST if getattr(filter, name))


def conditions(names: tuple[str, ...], *, by_charge: bool) -> Iterator[sa.ColumnElement[bool]]:
    """Give the conditions for the named filters, and that the service is shown at all."""
    yield service.is_public
    for name in names:
        yield service.id.in_(_BY_LIST[name](_bound(name)))
    if by_charge:
        yield service.is_free_of_charge == sa.bindparam("free_of_charge", type_=sa.Boolean)


def _bound(name: str) -> Identifiers:
    return sa.bindparam(name, type_=pg.ARRAY(sa.Text))


def listed_by(filter: ServiceFilter) -> str | None:
    """Name a filter that asks for the services of one institution or event: their list is kept in order."""
    return next((name for name in KINDS if len(getattr(filter, name)) == 1), None)


def named(name: str) -> sa.Select[int]:
    """Find the institutions or events that a filter names."""
    node = tables.node.c
    return sa.select(node.id).where(node.kind == KINDS[name], node.identifier == sa.func.any(_bound(name)))


def _pointing_to(link: sa.Table, name: str) -> sa.Select[int]:
    return sa.select(link.c.source_id).where(link.c.target_id.in_(named(name)))


def _institutions(_identifiers: Identifiers) -> sa.Select[int]:
    return _pointing_to(tables.service_institution, "institutions")


def _events(_identifiers: Identifiers) -> sa.Select[int]:
    return _pointing_to(tables.service_event, "events")


def _audiences(codes: Identifiers) -> sa.Select[int]:
    link = tables.service_audience.c
    return sa.select(link.source_id).where(link.target_id.in_(_concepts(codes)))


def _channels(codes: Identifiers) -> sa.Select[int]:
    link, channel = tables.service_channel.c, tables.channel.c
    reached = sa.select(channel.id).where(channel.kind_id.in_(_concepts(codes)))
    return sa.select(link.source_id).where(link.target_id.in_(reached))


def _concepts(codes: Identifiers) -> sa.CompoundSelect[int]:
    """Find concepts by their identifier in any scheme, or by their IRI."""
    node = tables.node.c
    by_iri = sa.select(node.id).where(node.kind == "concept", node.iri == sa.func.any(codes))
    return sa.union(sa.select(tables.concept.c.id).where(tables.concept.c.notation == sa.func.any(codes)), by_iri)


def _areas(identifiers: Identifiers) -> sa.Select[int]:
    """Find services of these places, of places around them, and of places within them."""
    node, area, link = tables.node.c, tables.area, tables.service_area.c
    named = sa.select(node.id).where(node.kind == "area", node.identifier == sa.func.any(identifiers))
    around = named.cte("around", recursive=True)
    around = around.union(sa.select(area.c.parent_id).join(around, area.c.id == around.c.id))
    within = named.cte("within", recursive=True)
    within = within.union(sa.select(area.c.id).join(within, area.c.parent_id == within.c.id))
    touched = sa.union(sa.select(around.c.id), sa.select(within.c.id))
    return sa.select(link.source_id).where(link.target_id.in_(touched))


_BY_LIST = {
    "institutions": _institutions,
    "events": _events,
    "channels": _channels,
    "areas": _areas,
    "audiences": _audiences,
}
