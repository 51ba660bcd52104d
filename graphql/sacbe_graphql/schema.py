"""The schema as text: what is checked in, and what a description would publish.

`python -m sacbe_graphql.schema` prints the static schema for `graphql/schema.graphql`.
"""

import sys

from graphql import GraphQLObjectType, GraphQLSchema, print_schema

from sacbe_graphql import outcomes, static
from sacbe_graphql.described_types import SCALAR_TYPES, offered
from sacbe_graphql.type_names import TypeNames
from sacbe_terms.descriptions import Description
from sacbe_terms.identifiers import DataServiceId, MemberId, SubsystemId

_NOT_REGISTERED = DataServiceId(SubsystemId(MemberId("-", "-", "-"), "-"), "-")


def sdl(description: Description) -> str:
    """Give the typed fields that a description would publish, in schema definition language.

    Reads stand in `Query`, changes in `Mutation`; published, both stand below their provider, and the
    types carry its alias. Raises DescriptionNotReadable for what GraphQL cannot show.
    """
    names = TypeNames({"Query", "Mutation", *SCALAR_TYPES})
    offer = offered(description, _NOT_REGISTERED, names, resolve=outcomes.outcome)
    return print_schema(
        GraphQLSchema(
            query=GraphQLObjectType("Query", offer.reads) if offer.reads else None,
            mutation=GraphQLObjectType("Mutation", offer.changes) if offer.changes else None,
        )
    )


if __name__ == "__main__":
    sys.stdout.write(static.printed())
