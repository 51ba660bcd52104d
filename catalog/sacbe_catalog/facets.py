"""How many of the results have each value, of institution, event, channel and audience."""

from typing import Any, Final

import sqlalchemy as sa

from sacbe_catalog import tables

FACETS_MAX: Final = 50
"""Values of one facet that are told, the most frequent first."""


def gathered(results: sa.CTE, tags: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Give the facets of all results as a JSON list, labels along the reader's languages."""
    channel, link = tables.channel.c, tables.service_channel.c
    of_channel = sa.select(link.source_id, channel.kind_id.label("target_id")).join(
        tables.channel, channel.id == link.target_id
    )
    every = sa.union_all(
        _counted("institution", tables.service_institution.select().subquery(), "title", results, tags),
        _counted("event", tables.service_event.select().subquery(), "title", results, tags),
        _counted("channel", of_channel.subquery(), "labels", results, tags),
        _counted("audience", tables.service_audience.select().subquery(), "labels", results, tags),
    ).subquery("facet")
    fields = ("field", "identifier", "label", "count")
    pair = sa.func.json_build_object(*(part for name in fields for part in (name, every.c[name])))
    empty = sa.text("'[]'::json")
    return sa.func.coalesce(sa.select(sa.func.json_agg(pair)).scalar_subquery(), empty)


def _counted(
    field: str, links: sa.Subquery, label: str, results: sa.CTE, tags: sa.ColumnElement[Any]
) -> sa.Select[Any]:
    count = sa.func.count(sa.distinct(links.c.source_id)).label("count")
    counted = (
        sa.select(links.c.target_id, count)
        .where(links.c.source_id.in_(sa.select(results.c.id)), links.c.target_id.is_not(None))
        .group_by(links.c.target_id)
        .order_by(count.desc(), links.c.target_id)
        .limit(FACETS_MAX)
        .subquery()
    )
    node, concept = tables.node.c, tables.concept.c
    identifier = sa.func.coalesce(concept.notation, node.identifier).label("identifier")
    shown = sa.func.coalesce(_label(counted.c.target_id, label, tags), identifier).label("label")
    return (
        sa.select(sa.literal(field).label("field"), identifier, shown, counted.c.count)
        .select_from(counted)
        .join(tables.node, node.id == counted.c.target_id)
        .outerjoin(tables.concept, concept.id == counted.c.target_id)
    )


def _label(own: sa.ColumnElement[int], name: str, tags: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    text = tables.text_value.c
    place = sa.func.array_position(tags, text.language)
    return (
        sa.select(text.value)
        .where(text.node_id == own, text.property == name)
        .order_by(place.asc().nulls_last(), text.language)
        .limit(1)
        .correlate_except(tables.text_value)
        .scalar_subquery()
    )
