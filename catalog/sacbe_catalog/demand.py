"""What people looked for and did not find: kept raw for 30 days, and public once many asked on many days.

Nobody is to be known by it. Digits and names are taken out before anything is kept; of who asked, only a digest of the
network stays, keyed by a secret of the node; a text is public only when it was asked on so many days and from so many
networks that it is nobody's own.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog import filters, folding
from sacbe_catalog.metadata import metadata

DAYS_KEPT: Final = 30
"""A query is forgotten after so many days."""

PUBLIC_DAYS_MIN: Final = 5
PUBLIC_NETWORKS_MIN: Final = 5
"""On so many days and from so many networks must a text have been asked before anybody else reads it."""

QUERIES_OF_NETWORK_MAX: Final = 40
"""Of one network and day; more say nothing of what people need."""

LISTED_MAX: Final = 200
"""Texts that the public list shows, the most wanted first."""

TEXT_CHARACTERS_MAX: Final = 100
"""A longer query is a story and is not kept: it may tell of a person."""

NAMES: Final = frozenset(
    {
        "alejandra", "alejandro", "alvarez", "ana", "andrea", "andres", "angel", "antonio", "beatriz", "brenda",
        "carlos", "carmen", "castro", "chavez", "choc", "claudia", "coc", "cristina", "daniel", "david", "diaz",
        "diego", "edgar", "eduardo", "elena", "elizabeth", "erick", "ernesto", "estrada", "evelyn", "fernando",
        "francisco", "gabriela", "garcia", "gloria", "gomez", "gonzalez", "guadalupe", "guzman", "hector", "hernandez",
        "herrera", "hugo", "jimenez", "jorge", "jose", "juan", "juana", "juarez", "julio", "karla", "leticia", "lopez",
        "lorena", "lucia", "luis", "luisa", "manuel", "marco", "maria", "mario", "marroquin", "marta", "martinez",
        "mayra", "mejia", "melgar", "mendez", "mendoza", "miguel", "mirna", "monica", "morales", "nancy", "ortiz",
        "oscar", "otto", "pablo", "patricia", "pedro", "perez", "pop", "ramirez", "ramos", "raul", "ricardo", "rivera",
        "roberto", "rodriguez", "ruiz", "salazar", "sanchez", "sandra", "silvia", "sofia", "solis", "soto", "teresa",
        "vasquez", "velasquez", "veronica", "victor", "walter", "wendy", "xol",
    }
)  # fmt: skip
"""Folded given names and surnames that are common in the country and mean nothing else; none of them is ever kept."""

unanswered_query = sa.Table(
    "unanswered_query",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("network", sa.LargeBinary, primary_key=True),
    sa.Column("language", sa.Text, primary_key=True),
    sa.Column("text", sa.Text, primary_key=True),
    sa.Column("asked", sa.Integer, nullable=False),
)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What people asked for and nobody offers, with on how many days and from how many networks."""

    text: str
    language: str
    days: int
    networks: int


@dataclass(frozen=True, slots=True)
class Demand:
    """Keeps unanswered queries; `key` is a secret of the node, by which networks are made unrecognisable."""

    engine: AsyncEngine
    key: bytes

    async def note(self, query: str, *, language: str, address: str, today: date) -> None:
        """Keep a query that nothing answered, without what may tell of a person; nothing where nothing is left."""
        text = without_persons(query)
        network = _network(address)
        if not text or not network or not filters.storable(language):
            return
        own = {"day": today, "network": self._digest(network), "language": language, "text": text, "asked": 1}
        at = unanswered_query.c
        of_network = (
            sa.select(sa.func.count())
            .where(at.day == today, at.network == own["network"])
            .correlate(None)
            .scalar_subquery()
        )
        values = sa.select(*(sa.literal(value, at[name].type).label(name) for name, value in own.items()))
        kept = pg.insert(unanswered_query).from_select(list(own), values.where(of_network < QUERIES_OF_NETWORK_MAX))
        again = kept.on_conflict_do_update(index_elements=list(own)[:4], set_={"asked": at.asked + 1})
        async with self.engine.begin() as connection:
            await connection.execute(again)

    def _digest(self, network: str) -> bytes:
        return blake2b(network.encode(), key=self.key[:64], digest_size=8).digest()

    async def forget(self, today: date) -> None:
        """Delete what is older than it may be kept."""
        at = unanswered_query.c
        async with self.engine.begin() as connection:
            await connection.execute(sa.delete(unanswered_query).where(at.day < today - timedelta(days=DAYS_KEPT)))


async def wanted(engine: AsyncEngine) -> tuple[Wanted, ...]:
    """Give what many people asked for and did not find, the most wanted first."""
    at = unanswered_query.c
    days, networks = sa.func.count(sa.distinct(at.day)), sa.func.count(sa.distinct(at.network))
    listed = (
        sa.select(at.text, at.language, days.label("days"), networks.label("networks"))
        .group_by(at.text, at.language)
        .having(days >= PUBLIC_DAYS_MIN, networks >= PUBLIC_NETWORKS_MIN)
        .order_by(networks.desc(), days.desc(), at.text, at.language)
        .limit(LISTED_MAX)
    )
    async with engine.connect() as connection:
        return tuple(Wanted(**row) for row in (await connection.execute(listed)).mappings())


def without_persons(query: str) -> str:
    """Give a query's words without those that hold digits or are names; empty for a long story and for an address."""
    if len(query) > TEXT_CHARACTERS_MAX or "@" in query or "://" in query:
        return ""
    words = (word for word in folding.words(query) if not any(sign.isdigit() for sign in word))
    return " ".join(word for word in words if (folded := folding.fold(word)) and folded not in NAMES)


def _network(address: str) -> str:
    """Give the network that an address is of: 24 bits of the old kind, 48 of the new."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(known, IPv6Address) and known.ipv4_mapped:
        known = known.ipv4_mapped
    return str(ip_network((known, 48 if known.version == 6 else 24), strict=False))
