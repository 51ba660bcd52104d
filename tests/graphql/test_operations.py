"""The examples of `graphql/operations`: each one runs, as the explorer shows it."""

from ipaddress import ip_network
from pathlib import Path

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe.demonstration import stage
from sacbe_adapters.registry import adapters
from sacbe_adapters.transport_http import HttpTransport
from sacbe_graphql.explorer.operations import ExampleOperation, operations
from tests.demonstration.running import running
from tests.graphql.world import Asker, World, served

NAMES = [operation.name for operation in operations()]
OF_MINISTRIES = {"06-persona", "07-una-sola-vez", "08-enlaces"}
"""These ask the demonstration ministries, whose fields they have to fit."""


def of(name: str) -> ExampleOperation:
    """Give an example by its name."""
    return next(operation for operation in operations() if operation.name == name)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("name", sorted(set(NAMES) - OF_MINISTRIES))
async def test_every_catalogue_example_answers_anonymously(world: World, name: str) -> None:
    """Each example of the catalogue gives data and no error to a caller without a token."""
    example = of(name)
    variables = msgspec.json.decode(example.variables or "{}")
    answer = await world.ask(example.text, token="", **variables)
    assert "errors" not in answer
    assert all(value for value in answer["data"].values())


@pytest.mark.parametrize("name", NAMES)
def test_every_example_has_a_title_in_both_languages(name: str) -> None:
    """The explorer can name each example in Spanish and in English, and its variables are JSON."""
    example = of(name)
    assert all(example.title[language] and "#" not in example.title[language] for language in ("es", "en"))
    assert isinstance(msgspec.json.decode(example.variables or "{}"), dict)


async def test_every_ministry_example_answers(engine: AsyncEngine, tmp_path: Path) -> None:
    """Each example that asks ministries gives data from all of them, and names a message for each call."""
    transport = HttpTransport((ip_network("127.0.0.0/8"),))
    async with served(engine, adapters(transport), tmp_path, kind=Asker) as node:
        node.token = await stage.set_up(engine, node.bus, running())
        await node.bus.start()
        for name in sorted(OF_MINISTRIES):
            example = of(name)
            answer = await node.ask(example.text, **msgspec.json.decode(example.variables))
            assert "errors" not in answer
            asked = answer["data"]["exchange"]
            assert len(answer["extensions"]["sacbe"]["messages"]) >= max(len(asked), 2)
            assert all(value for provider in asked.values() for value in provider.values())
    await transport.close()
