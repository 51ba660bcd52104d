"""Keeps the rows that search reads: vectors, titles and the catalogue's own vocabulary.

The vocabulary counts, per language, in how many services each lexeme stands: it tells rare words
from common ones, and what a misspelt word may have meant. The empty lexeme counts all services.
"""

from collections.abc import Iterable, Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sacbe_catalog import bulk, folding, tables
from sacbe_catalog.bulk import Row, among, in_chunks
from sacbe_catalog.searchable import Searchable

_ADD_VECTORS = sa.text(
    """
    INSERT INTO catalog.service_search (service_id, language, vector)
    SELECT service_id, language, catalog.search_vector(language, a, b, c, d)
    FROM json_to_recordset(CAST(:rows AS json))
         AS given (service_id bigint, language text, a text, b text, c text, d text)
    """
)

_COUNT_IN = sa.text(
    """
    INSERT INTO catalog.vocabulary AS known (language, lexeme, services)
    SELECT language, lexeme, count(*)
    FROM catalog.service_search, unnest(array_append(tsvector_to_array(vector), '')) AS lexeme
    WHERE service_id IN (SELECT unnest(CAST(:services AS bigint[]))) AND length(lexeme) <= 60
    GROUP BY language, lexeme
    ON CONFLICT (language, lexeme) DO UPDATE SET services = known.services + excluded.services
    """
)

_COUNT_OUT = sa.text(
    """
    UPDATE catalog.vocabulary AS known SET services = known.services - gone.services
    FROM (
        SELECT language, lexeme, count(*) AS services
        FROM catalog.service_search, unnest(array_append(tsvector_to_array(vector), '')) AS lexeme
        WHERE service_id IN (SELECT unnest(CAST(:services AS bigint[])))
        GROUP BY language, lexeme
    ) AS gone
    WHERE known.language = gone.language AND known.lexeme = gone.lexeme
    """
)


async def drop(connection: AsyncConnection, services: Sequence[int]) -> None:
    """Take services out of search."""
    await connection.execute(_COUNT_OUT, {"services": list(services)})
    for table in (tables.service_search, tables.service_title):
        await connection.execute(sa.delete(table).where(table.c.service_id.in_(among(services))))
    await connection.execute(sa.delete(tables.vocabulary).where(tables.vocabulary.c.services <= 0))


async def add(connection: AsyncConnection, found: Sequence[tuple[int, Searchable]]) -> None:
    """Bring services, each in some languages, into search; they must not be there yet, and `count` must follow."""
    vectors = [
        {"service_id": service, "language": one.language, "a": one.a, "b": one.b, "c": one.c, "d": one.d}
        for service, one in found
    ]
    await in_chunks(connection, _ADD_VECTORS, vectors)
    await bulk.add(connection, tables.service_title, list(_titles(found)))


async def count(connection: AsyncConnection, services: Sequence[int]) -> None:
    """Count the words of services that were added, once each."""
    await connection.execute(_COUNT_IN, {"services": list(services)})


def _titles(found: Iterable[tuple[int, Searchable]]) -> Iterator[Row]:
    for service, one in found:
        for position, title in enumerate(one.titles):
            own = {"service_id": service, "language": one.language, "position": position}
            yield own | {"title": title, "folded": folding.fold(title)}


async def settle(connection: AsyncConnection) -> None:
    """Index and count at once what a large put left for the database's own upkeep."""
    await connection.execute(sa.text("SELECT catalog.settle()"))
