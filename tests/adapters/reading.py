"""What the adapters' tests share: descriptions read without a process, calls made in one line."""

import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from sacbe_adapters.contract import Adapter
from sacbe_adapters.soap import bundle, operations
from sacbe_terms.descriptions import Description
from sacbe_terms.errors import DescriptionNotReadable
from sacbe_terms.exchange import Call, Endpoint, Reply

MUSEUM = Path(__file__).parents[1] / "museum" / "wsdl"
"""Our own small documents, each named by what it shows."""

NAME = "GT/GOV/2001/registro/museo"
"""The service that calls are made under."""


@cache
def read(path: Path) -> Description:
    """Describe a WSDL of the museum, once."""
    return describe_here(path)


def describe_here(path: Path) -> Description:
    """Describe a WSDL in this process, as the worker does; imports by address are not fetched."""
    return operations.describe(bundle.load(str(path), _from_disk))


def _from_disk(location: str, named_at: str) -> bytes:
    path = Path(location)
    if not path.is_file():
        raise DescriptionNotReadable(what=f"{location} is missing.", where=named_at or location, hint="")
    return path.read_bytes()


async def call(
    adapter: Adapter, description: Description, code: str, arguments: Mapping[str, object], endpoint: Endpoint
) -> Reply:
    """Call one operation with five seconds of time."""
    operation = description.operation(code)
    assert operation is not None, f"there is no operation '{code}'"
    return await adapter.call(
        Call(
            name=f"{NAME}/{code}",
            operation=operation,
            description=description,
            endpoint=endpoint,
            arguments=arguments,
            deadline=time.monotonic() + 5,
            message_id="m-1",
        )
    )
