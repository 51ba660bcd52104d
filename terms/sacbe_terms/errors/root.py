"""What every error of ours says: what happened, where, and what to do next."""

from collections.abc import Sequence
from typing import ClassVar

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One located finding: where (file, row, line or pointer), in which field, and why."""

    where: str
    reason: str
    field: str = ""
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: {self.field}" if self.field else self.where
        return f"{place}: {self.reason}" + (f" ({self.hint})" if self.hint else "")


class SacbeError(Exception):
    """What went wrong, where, and what to do; the root of all of ours."""

    code: ClassVar[str] = "SACBE-100"
    status: ClassVar[int] = 500
    """HTTP status where the error is the whole answer."""
    retryable: ClassVar[bool] = False
    retry_after_seconds: int | None = None
    """How long to wait before trying again, where that is known."""

    def __init__(self, *, what: str, where: str = "", hint: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint
        self.problems = tuple(problems)

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        return f"{self.code}: {self.what}{place}"

    @property
    def docs(self) -> str:
        """Path of the page about this code, below the node's public address."""
        return f"/errores/{self.code}"


class RecordedError(SacbeError):
    """An error that was told before and is on record: its own code stands, whatever class it was of."""

    def __init__(self, code: str, *, what: str, where: str) -> None:
        super().__init__(what=what, where=where, hint="This is the recorded answer to the same request.")
        self.code = code  # type: ignore[misc]  # one class for every code that a record may hold


class UnexpectedFailure(SacbeError):
    """Something failed that nobody foresaw; the node's log has it under the shown reference."""

    code = "SACBE-100"
    retryable = True

    def __init__(self, *, reference: str) -> None:
        super().__init__(
            what="Something failed on our side that we did not foresee.",
            where=reference,
            hint="Try again; if it stays, give the operator this reference.",
        )
