"""The time of one exchange: seconds per stage, and the moments that X-Road's operational records name."""

import time
from typing import NamedTuple

STAGES = ("access", "sign", "call", "log")
"""What the time of an exchange goes to: deciding, signing both messages, the provider's system, the log."""


class Timed(NamedTuple):
    """Milliseconds since 1970, None where the provider was not asked, and seconds per stage."""

    request_in_ts: int
    request_out_ts: int | None
    response_in_ts: int | None
    response_out_ts: int
    access_seconds: float
    sign_seconds: float
    call_seconds: float
    log_seconds: float


class Stages:
    """A watch that is started when a request is in; a stage that comes twice is added up."""

    def __init__(self, access_seconds: float = 0.0) -> None:
        """Start; `access_seconds` is what deciding took before."""
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self.seconds["access"] = access_seconds
        self._since = time.perf_counter()
        self._in = self._since - access_seconds
        self._in_ms = round((time.time() - access_seconds) * 1000)
        self._called: tuple[float, float] | None = None

    def lap(self, stage: str) -> None:
        """Count the time since the last lap to a stage."""
        now = time.perf_counter()
        self.seconds[stage] += now - self._since
        if stage == "call":
            self._called = (self._since, now)
        self._since = now

    def leave_out(self) -> None:
        """Count the time since the last lap to no stage: it was the client's."""
        self._since = time.perf_counter()

    def timed(self) -> Timed:
        """Give the times of an exchange that ends with the last lap."""
        sent, answered = self._called or (None, None)
        return Timed(
            request_in_ts=self._in_ms,
            request_out_ts=self._milliseconds(sent),
            response_in_ts=self._milliseconds(answered),
            response_out_ts=self._in_ms + round((self._since - self._in) * 1000),
            access_seconds=self.seconds["access"],
            sign_seconds=self.seconds["sign"],
            call_seconds=self.seconds["call"],
            log_seconds=self.seconds["log"],
        )

    def _milliseconds(self, moment: float | None) -> int | None:
        return None if moment is None else self._in_ms + round((moment - self._in) * 1000)
