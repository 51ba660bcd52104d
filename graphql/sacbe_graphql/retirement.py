"""A provider's part that a publication replaced is taken apart when the last request is done with it.

The types of a provider refer to each other in rings, so counting references never finds that they
are garbage; and the collector's full round, which would, stalls a process with 5,000 operations for
a third of a second. So the rings are opened here, and counting does the rest.
"""

import weakref
from collections.abc import Iterable

from graphql import GraphQLNamedType, GraphQLSchema

from sacbe_graphql.provider_part import ProviderPart


def prepare(schema: GraphQLSchema, parts: Iterable[ProviderPart]) -> None:
    """Have each of these new parts' types taken apart as soon as nobody holds the part any more."""
    for part in parts:
        types = tuple(schema.type_map[name] for name in part.names if name in schema.type_map)
        weakref.finalize(part, _take_apart, types).atexit = False


def _take_apart(types: Iterable[GraphQLNamedType]) -> None:
    for named in types:
        vars(named).clear()
