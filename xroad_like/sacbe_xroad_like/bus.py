"""The bus of one process, wired together: registry, registration, exchange, log, seal.

The rest of the house speaks to this object: it says who asks (`who`), carries plans (`carry`), and
holds what is published (`registry`).
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from itertools import chain
from math import inf
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_adapters.contract import Adapter
from sacbe_adapters.resilience import Resilience
from sacbe_adapters.spool import Spool
from sacbe_adapters.transport import Transport
from sacbe_signing.keys import KeyRing
from sacbe_terms.exchange import Consumer, Outcome, Plan, PlannedCall
from sacbe_terms.identifiers import SubsystemId
from sacbe_xroad_like import members, person_accesses, tokens
from sacbe_xroad_like.administration import user_tokens
from sacbe_xroad_like.administration.actor import Actor
from sacbe_xroad_like.administration.desk import Desk
from sacbe_xroad_like.claims import Claims
from sacbe_xroad_like.client_statuses import ClientStatuses, WaysOut
from sacbe_xroad_like.credentials import Credentials
from sacbe_xroad_like.exchange import Exchange, Told
from sacbe_xroad_like.message_log import MessageLog
from sacbe_xroad_like.oauth import addresses
from sacbe_xroad_like.oauth.token_check import Shown, TokenCheck
from sacbe_xroad_like.oauth.token_endpoint import TokenEndpoint
from sacbe_xroad_like.operational_log import OperationalLog
from sacbe_xroad_like.originals import Originals
from sacbe_xroad_like.own_exchanges import OwnExchange, OwnExchanges
from sacbe_xroad_like.person_accesses import Access, PersonKeys
from sacbe_xroad_like.quotas import Quotas
from sacbe_xroad_like.registration import Registration
from sacbe_xroad_like.registry import Hearer, Listener, Registry, RegistryWatch
from sacbe_xroad_like.relay import Relay
from sacbe_xroad_like.sandbox import answering
from sacbe_xroad_like.sealing import Sealer, checkpoints_file
from sacbe_xroad_like.service_metadata import ServiceMetadata
from sacbe_xroad_like.status_policy import StatusPolicy
from sacbe_xroad_like.tokens import TokenOwner
from sacbe_xroad_like.vault import Vault
from sacbe_xroad_like.wire.metadata import Listed
from sacbe_xroad_like.witness import Witness, gone_file


class Bus:
    """One process's part of the node's bus. `registration` works without `start`."""

    def __init__(
        self,
        engine: AsyncEngine,
        adapters: Mapping[str, Adapter],
        keys: KeyRing,
        node_folder: Path,
        vault: Vault | None = None,
        *,
        origins: Collection[str] = (),
        takes_unbound_tokens: bool = True,
        persons: PersonKeys | None = None,
        originals: Originals | None = None,
        client_statuses: ClientStatuses | None = None,
    ) -> None:
        """Without a vault no credential can be kept, and those that are kept stay locked.

        Without keys for persons no operation with marked numbers can be called, and without those for
        originals a projected reply does not say of what.

        `origins` are the addresses under which clients reach this node. Without `client_statuses` no authority is
        believed, and none is asked.
        """
        self._engine = engine
        way_out = _transport(adapters)
        self.client_statuses = client_statuses or ClientStatuses(StatusPolicy(), WaysOut(way_out, way_out))
        self._token_check = TokenCheck(
            engine=engine,
            origins=origins,
            takes_unbound=takes_unbound_tokens,
            client_statuses=self.client_statuses,
        )
        self.token_endpoint = TokenEndpoint(engine, lambda: self.registry, origins, self.client_statuses)
        self.credentials = Credentials(engine, vault or Vault())
        self._watch = RegistryWatch(engine, self.credentials)
        self._watch.on_change(self._follow_certificates)
        checkpoints = checkpoints_file(node_folder)
        self._witness = Witness(engine, gone_file(checkpoints))
        self._log = MessageLog(engine, self._witness.remember)
        self._claims = Claims(engine)
        self._quotas = Quotas(engine)
        self.records = OperationalLog(engine)
        self._persons = persons or PersonKeys()
        self._exchange = Exchange(
            adapters, keys, self._log, self._claims, self._quotas, self.records, self._persons, originals or Originals()
        )
        self.relay = Relay(
            adapters,
            keys,
            self._log,
            self._exchange.resilience,
            ServiceMetadata(way_out),
            self._quotas,
            self.records,
            Spool(node_folder / "spool"),
            self._persons,
        )
        self._sealer = Sealer(engine, keys, checkpoints)
        self.registration = Registration(engine, adapters, self.credentials)

    @property
    def registry(self) -> Registry:
        """What is published, who is registered and who may what, at this moment."""
        return self._watch.current

    @property
    def resilience(self) -> Resilience:
        """What this process knows of how well the ministries' systems are."""
        return self._exchange.resilience

    async def start(self) -> None:
        """Read the registry, then watch it, take messages and seal; raises what the database raises."""
        await self._watch.start()
        await self.client_statuses.first_answers()
        await self._claims.sweep()
        await self._quotas.forget(datetime.now(UTC).date())
        await self.records.sweep()
        self._witness.start()
        self._log.start()
        self.records.start()
        self._sealer.start()

    async def stop(self) -> None:
        """Finish what was begun, make it durable and stop."""
        await self._exchange.finish()
        await self.relay.finish()
        await self._quotas.give_back()
        await self._log.stop()
        await self.records.stop()
        await self._sealer.stop()
        await self._witness.stop()
        await self._watch.stop()
        await self.client_statuses.stop()

    def on_change(self, listener: Listener) -> None:
        """Have each new registry handed to a function, the first one by `start`."""
        self._watch.on_change(listener)

    async def read(self) -> Registry:
        """Read the registry now, for who does not watch it; raises what the database raises."""
        return await self._watch.refresh()

    def own_exchanges(self, tell: Callable[[OwnExchange], None]) -> OwnExchanges:
        """Give what reads clients' exchanges as they are recorded, for those that are followed."""
        return OwnExchanges(self._engine, tell)

    def hear(self, channel: str, hearer: Hearer) -> None:
        """Have what the database tells on a channel handed to a function, over this process's one listener."""
        self._watch.hear(channel, hearer)

    def is_own_page(self, origin: str) -> bool:
        """Say whether a page of this node itself speaks, by the `Origin` that its browser gives."""
        return addresses.is_ours(origin, self._token_check.origins, path="")

    async def carry(
        self, plan: Plan, *, consumer: Consumer, until: float = inf, ended: Told | None = None
    ) -> tuple[Outcome, ...]:
        """Carry a plan whole: every refusal is raised before any call is made (see `exchange`).

        No call runs beyond `until`, a time of `time.monotonic()`. `ended` is told each outcome as soon
        as it is there, which of reads is in any order.
        """
        return await self._exchange.carry(self.registry, plan, consumer, until=until, ended=ended)

    async def carry_each(
        self, plan: Plan, *, consumer: Consumer, places: asyncio.Semaphore, ended: Told, until: float = inf
    ) -> None:
        """Carry reads that became possible together, each refused by itself, no more at a time than `places`.

        `ended` is told each outcome as soon as it is there, in any order; see `exchange`.
        """
        await self._exchange.carry_each(self.registry, plan, consumer, places=places, ended=ended, until=until)

    async def samples(self, plan: Plan) -> tuple[Outcome, ...]:
        """Answer a plan from samples; nobody is asked, and it is no exchange (see `sandbox.answering`)."""
        return await answering.answered(self._engine, self.registry, plan)

    def refuse_without_right(self, call: PlannedCall, *, consumer: Consumer) -> None:
        """Raise what `carry` would raise for a call whatever its arguments are, so that they need not be read."""
        self._exchange.refuse_without_right(self.registry, call, consumer)

    def refuse_without_rights(self, plan: Plan, *, consumer: Consumer) -> None:
        """Raise the same for a plan of such calls, with a problem for each."""
        self._exchange.refuse_without_rights(self.registry, plan, consumer)

    async def person_accesses(self, number: str) -> list[Access]:
        """Say who asked for a person's data, the newest first, by her number as she writes it; raises SettingUnsafe."""
        return await person_accesses.accesses(self._engine, self._persons, number)

    async def listed(self) -> tuple[Listed, ...]:
        """Give every member and subsystem, each a client of the bus by itself."""
        names = dict(await members.all_members(self._engine))
        subsystems = await members.all_subsystems(self._engine)
        themselves = [Listed(client=SubsystemId(member, ""), member_name=name) for member, name in names.items()]
        return *themselves, *(
            Listed(client=each.identifier, member_name=names[each.identifier.member], subsystem_name=each.title)
            for each in subsystems
        )

    def knows(self, token: str) -> bool:
        """Say whether a token stands for a client by what is in memory; any other has to be looked up."""
        return tokens.digest(token) in self.registry.tokens

    async def who(self, token: str, shown: Shown | None = None) -> SubsystemId:
        """Say which subsystem a token stands for, if the request may use it; raises NotAuthenticated."""
        return (await self._owner(token, shown)).subsystem

    async def actor(self, token: str, shown: Shown | None = None) -> Actor:
        """Say which user a user's token stands for, with her roles of this moment; raises NotAuthenticated."""
        now = datetime.now(UTC)
        owner = tokens.owner_now(await user_tokens.look_up(self._engine, token), now)
        await self._token_check.refuse_stolen(token, owner.binding, shown or Shown(), now)
        return owner.actor

    def desk(self, actor: Actor) -> Desk:
        """Give the desk at which this actor administers; it works without `start`."""
        return Desk(engine=self._engine, registration=self.registration, actor=actor)

    async def consumer(
        self,
        token: str,
        shown: Shown | None = None,
        *,
        user_id: str = "",
        issue: str = "",
        purpose: str = "",
        message_id: str = "",
    ) -> Consumer:
        """Give the consumer whom a token stands for, with what it says of itself; raises NotAuthenticated."""
        owner = await self._owner(token, shown)
        return Consumer(
            subsystem=owner.subsystem,
            user_id=user_id or owner.stated.user_id,
            issue=issue or owner.stated.issue,
            purpose=purpose,
            any_purpose=owner.stated.any_purpose,
            message_id=message_id,
        )

    async def _owner(self, token: str, shown: Shown | None) -> TokenOwner:
        owner = self.registry.tokens.get(tokens.digest(token))
        if owner is None and len(token) <= tokens.TOKEN_CHARACTERS_MAX:
            # made a moment ago, and not yet told to this process
            owner = await tokens.look_up(self._engine, token)
        now, shown = datetime.now(UTC), shown or Shown()
        owner = tokens.owner_now(owner, now)
        await self._token_check.refuse_stolen(token, owner.binding, shown, now)
        self._token_check.refuse_revoked(owner, self.registry.client_keys.get(owner.subsystem, ()), shown, now)
        return owner

    async def _follow_certificates(self, registry: Registry) -> None:
        every = chain.from_iterable(registry.client_keys.values())
        await self.client_statuses.follow(key.certificate for key in every if key.certificate is not None)


def _transport(adapters: Mapping[str, Adapter]) -> Transport:
    """Give the way out that all adapters share."""
    return next(iter(adapters.values())).transport
