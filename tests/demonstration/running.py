"""The three ministries as processes, started once for all the tests of one run of pytest."""

import atexit
from functools import cache

from sacbe.demonstration import ministries
from sacbe.demonstration.ministries import Ministry


@cache
def running() -> dict[str, Ministry]:
    """Give the ministries by name; they end with the test process."""
    started = ministries.start()
    atexit.register(ministries.stop, list(started.values()))
    return started
