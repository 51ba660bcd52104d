"""The desk at which everything is administered: by mutations and by commands alike.

Each act is decided for the member that it concerns, done in one transaction and written into the trail
in that same transaction; what is refused or fails changes nothing and is written down too. An attempt of
somebody who is not known is not: anybody could fill the trail.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import NotAuthenticated, RoleMissing, SacbeError
from sacbe_terms.identifiers import MemberId
from sacbe_xroad_like.administration import rules, trail
from sacbe_xroad_like.administration.actor import Actor
from sacbe_xroad_like.administration.one_transaction import OneTransaction
from sacbe_xroad_like.administration.rules import Act
from sacbe_xroad_like.administration.trail import Outcome
from sacbe_xroad_like.registration import Registration

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """What came of an act: done now, or found standing so already."""

    value: T
    outcome: Outcome = Outcome.DONE


@dataclass(slots=True)
class UnderWay:
    """An act while it is done: write with `engine`; say `outcome` if it stands already."""

    engine: AsyncEngine
    outcome: Outcome = Outcome.DONE
    actor_name: str = ""
    """Whom the trail shall name; an invitation's acceptance knows only in the end."""

    def stands(self, value: T) -> Done[T]:
        """Give what stands already."""
        self.outcome = Outcome.STANDS
        return Done(value, Outcome.STANDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where one actor administers."""

    engine: AsyncEngine
    registration: Registration
    actor: Actor

    def require(self, act: Act, member: MemberId) -> None:
        """Raise unless the actor may do this for the member: NotAuthenticated, RoleMissing."""
        rules.refuse_unless_may(self.actor, act, member)

    @asynccontextmanager
    async def performing(
        self,
        act: Act,
        subject: object,
        member: MemberId,
        *,
        concerning: Collection[MemberId] = (),
        may: bool | None = None,
    ) -> AsyncIterator[UnderWay]:
        """Decide for this member, let the block do it, and write it down, all in one transaction.

        `concerning` are other members whose stewards may read of it. `may` decides in place of the rules where
        no role does. Raises NotAuthenticated, RoleMissing, and what the block raises.
        """
        members = (member, *concerning)
        try:
            if not may:
                self.require(act, member)
            async with OneTransaction(self.engine) as transaction:
                under_way = UnderWay(transaction, actor_name=self.actor.name)
                yield under_way
                async with transaction.begin() as connection:
                    await trail.write(
                        connection,
                        actor=under_way.actor_name,
                        act=act,
                        subject=str(subject),
                        members=members,
                        outcome=under_way.outcome,
                    )
        except SacbeError as error:
            await self._write_failed(act, subject, members, error)
            raise

    async def _write_failed(self, act: Act, subject: object, members: Collection[MemberId], error: SacbeError) -> None:
        if not self.actor.name:
            return
        outcome = Outcome.REFUSED if isinstance(error, RoleMissing | NotAuthenticated) else Outcome.FAILED
        async with self.engine.begin() as connection:
            await trail.write(
                connection,
                actor=self.actor.name,
                act=act,
                subject=str(subject),
                members=members,
                outcome=outcome,
                code=error.code,
            )
