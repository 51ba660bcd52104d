"""What a process keeps for long is set aside from the rounds of Python's garbage collector.

A full round looks at every object in one stretch. Modules, the schema and the registry are some
hundred thousand of them: about 100 ms in which nobody is answered, and a third of a second with
5,000 operations (docs/decisions/0122, 0190). What is set aside is never looked at again; so what a
publication replaces must be found by counting references alone (`sacbe_graphql.retirement`), and
after it only what is new is looked at and set aside too.
"""

import asyncio
import gc

from sacbe_xroad_like.registry import Registry

SETTLE_SECONDS = 5.0
"""From a publication to the round after it: several at a time cost one, and answers in flight have ended."""


class Lasting:
    """Sets aside what this process has when it is made, and anew after each publication."""

    def __init__(self, registry: Registry, *, settle_seconds: float = SETTLE_SECONDS) -> None:
        self._providers = registry.providers
        self._settle_seconds = settle_seconds
        self._timer: asyncio.TimerHandle | None = None
        self._set_aside()

    async def after(self, registry: Registry) -> None:
        """Set aside what is new, a while after what is published has changed; made for `bus.on_change`."""
        if registry.providers is self._providers:  # the same object unless something of it changed
            return
        self._providers = registry.providers
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._settle_seconds, self._set_aside)

    def _set_aside(self) -> None:
        self._timer = None
        gc.collect()
        gc.freeze()
