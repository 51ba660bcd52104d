"""A node with people in every role, for the tests of what may be administered by whom."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from graphql import get_named_type
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_graphql import static
from sacbe_terms.identifiers import MemberId
from sacbe_xroad_like import members
from sacbe_xroad_like.administration import user_tokens, users
from sacbe_xroad_like.administration.actor import HeldRole, Role
from tests.graphql import offers
from tests.graphql.world import CONSUMER, STRANGER, World, opened

PROVIDER = offers.CIVIL_REGISTRY
ABROAD = MemberId("SV", "GOV", "1")

PEOPLE = {
    "own steward": HeldRole(Role.STEWARD, PROVIDER.member),
    "own auditor": HeldRole(Role.AUDITOR, PROVIDER.member),
    "own editor": HeldRole(Role.EDITOR, PROVIDER.member),
    "consumer's steward": HeldRole(Role.STEWARD, CONSUMER.member),
    "consumer's auditor": HeldRole(Role.AUDITOR, CONSUMER.member),
    "stranger's steward": HeldRole(Role.STEWARD, STRANGER.member),
    "authority": HeldRole(Role.AUTHORITY, STRANGER.member),
    "authority abroad": HeldRole(Role.AUTHORITY, ABROAD),
}
"""Each person's one role, seen from the provider."""

CLIENTS = ("consumer's client", "stranger's client")
NOBODY = "nobody"
ACTORS = (*PEOPLE, *CLIENTS, NOBODY)


class Administered(World):
    """A node whose people have tokens, by what they are."""

    tokens: dict[str, str]

    async def does(self, actor: str, field: str, given: dict[str, Any], selection: str = "outcome") -> dict[str, Any]:
        """Ask for one mutation as this actor; give the whole answer."""
        name = INPUTS[field]
        query = f"mutation($input: {name}!) {{ {field}(input: $input) {{ {selection} }} }}"
        return await self.ask(query, token=self.tokens[actor], input=given)

    async def reads(self, actor: str, query: str) -> dict[str, Any]:
        """Ask a query as this actor."""
        return await self.ask(query, token=self.tokens[actor])


def email(actor: str) -> str:
    """Give an actor's address."""
    return actor.replace(" ", ".").replace("'", "") + "@people.example"


@asynccontextmanager
async def administered(engine: AsyncEngine, folder: Path) -> AsyncIterator[Administered]:
    """Open a node with everybody there."""
    async with opened(engine, folder, kind=Administered) as node:
        await members.add(engine, ABROAD, title="En el extranjero")
        for actor, held in PEOPLE.items():
            await users.give_role(engine, email(actor), held, by="test")
        tokens = {actor: await user_tokens.make(engine, email(actor)) for actor in PEOPLE}
        node.tokens = {**tokens, CLIENTS[0]: node.token, CLIENTS[1]: node.stranger, NOBODY: ""}
        yield node


def _inputs() -> dict[str, str]:
    mutation = static.schema().mutation_type
    assert mutation is not None
    return {
        name: get_named_type(field.args["input"].type).name
        for name, field in sorted(mutation.fields.items())
        if name != "exchange"
    }


INPUTS = _inputs()
"""Every mutation of the static schema but `exchange`, with the name of its input's type."""
