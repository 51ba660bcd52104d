"""What every adapter must do: the suite that its tests inherit, one class per behaviour.

An adapter's test module gives one fixture, `subject`, and names the behaviours:

    @pytest.fixture
    async def subject() -> conformance.Subject: ...

    class TestRestDescribes(conformance.Describes): ...
    class TestRestCalls(conformance.Calls): ...

It ships with the package, so that an adapter which lives elsewhere proves itself the same way;
`docs/guides/add-an-adapter.md` walks through it. It needs pytest and pytest-asyncio.
"""

import pytest

pytest.register_assert_rewrite("sacbe_adapters.conformance.behaviours")

from sacbe_adapters.conformance.behaviours import (  # noqa: E402 - its asserts are rewritten at import
    Calls,
    Checks,
    Describes,
    KeepsDeadlines,
    KeepsValuesExact,
    RefusesBadDescriptions,
    ReportsFaults,
    SurvivesIllReplies,
)
from sacbe_adapters.conformance.subject import Echo, Example, FaultExample, Subject  # noqa: E402 - as above

__all__ = [
    "Calls",
    "Checks",
    "Describes",
    "Echo",
    "Example",
    "FaultExample",
    "KeepsDeadlines",
    "KeepsValuesExact",
    "RefusesBadDescriptions",
    "ReportsFaults",
    "Subject",
    "SurvivesIllReplies",
]
