"""Who holds a stream open: known when it begins, and looked at again and again while it lasts."""

import asyncio
from dataclasses import replace
from typing import Protocol

from sacbe_graphql.asking import Asking
from sacbe_graphql.refusal import known
from sacbe_terms.exchange import Consumer
from sacbe_xroad_like.administration.actor import Actor


class Door(Protocol):
    """The part of the door that is needed here."""

    async def who(self, asking: Asking) -> tuple[Actor, Consumer | None]:
        """Say who asks."""


async def who(door: Door, asking: Asking) -> tuple[Actor, Consumer | None]:
    """Say who asks; raises SacbeError alone: one that nobody foresaw, such as a database that is away, is masked."""
    try:
        return await door.who(asking)
    except Exception as error:
        raise known(error) from error


async def name(door: Door, asking: Asking) -> str:
    """Say whose places a stream takes: a client's, a person's, or those of an address. Raises what `who` raises."""
    actor, consumer = await who(door, asking)
    if not asking.token:
        return asking.peer
    return str(consumer.subsystem) if consumer else actor.name


def proven(asking: Asking) -> Asking:
    """Give the same for later looks: a proof of possession was taken once, and holds for this connection."""
    return replace(asking, shown=replace(asking.shown, is_proven=True))


async def watch(door: Door, asking: Asking, seconds: float) -> None:
    """Look once, after a while, whether the token still holds; raises what `who` raises."""
    await asyncio.sleep(seconds)
    if asking.token:
        await who(door, asking)
