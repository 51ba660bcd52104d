"""Lists in pages, in Relay's form: `totalCount`, `nodes`, `edges { cursor node }`, `pageInfo`.

What a resolver gives is a `sacbe_catalog.views.Page`; the shapes below are read from it.
"""

from typing import Any, Generic, TypeVar

import strawberry
from strawberry import field

from sacbe_catalog.views import Page
from sacbe_graphql.catalogue_types import Facet, Institution, PublicService
from sacbe_graphql.exchange_types import DataService
from sacbe_graphql.review_types import RecordReview

NodeT = TypeVar("NodeT")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Made from a Page."""

    has_next_page: bool = field(description="Whether more follow.")
    has_previous_page: bool = field(description="Whether some come before.")
    start_cursor: str | None = field(description="Cursor of the first record here.")
    end_cursor: str | None = field(description="Cursor of the last record here; give it as `after` to go on.")


@strawberry.type(description="One record of a list, and the cursor of its place.")
class Edge(Generic[NodeT]):
    """A node beside its cursor."""

    cursor: str = field(description="Give it as `after` to go on behind this record.")
    node: NodeT = field(description="The record.")


def _edges(page: strawberry.Parent[Page[NodeT]]) -> list[Edge[NodeT]]:
    return [Edge(cursor=cursor, node=node) for cursor, node in zip(page.cursors, page.nodes, strict=True)]


def _page_info(page: strawberry.Parent[Page[Any]]) -> PageInfo:
    return PageInfo(
        has_next_page=page.has_next_page,
        has_previous_page=page.has_previous_page,
        start_cursor=page.cursors[0] if page.cursors else None,
        end_cursor=page.cursors[-1] if page.cursors else None,
    )


@strawberry.type(description="A page of a list.")
class Connection(Generic[NodeT]):
    """A `views.Page`."""

    total_count: int = field(description="How many there are in the whole list.")
    nodes: list[NodeT] = field(description="The records of this page.")

    edges: list[Edge[NodeT]] = field(resolver=_edges, description="The records of this page with their cursors.")
    page_info: PageInfo = field(resolver=_page_info, description="Where this page stands in the list.")


@strawberry.type(description="A page of public services, best first.")
class PublicServiceConnection(Connection[PublicService]):
    """A `views.Page[PublicServiceView]`."""

    facets: list[Facet] = field(description="What the whole list can be narrowed by, with counts.")


@strawberry.type(description="A page of public services as their stewards should look at them.")
class RecordReviewConnection(Connection[RecordReview]):
    """A `views.Page[PublicServiceView]`."""


@strawberry.type(description="A page of institutions.")
class InstitutionConnection(Connection[Institution]):
    """A `views.Page[InstitutionView]`."""


@strawberry.type(description="A page of data services.")
class DataServiceConnection(Connection[DataService]):
    """A page of data services."""
