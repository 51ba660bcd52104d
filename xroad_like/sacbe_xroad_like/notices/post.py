"""The post: each process makes letters of notices and hands them to the mail server, now and then, until it ends.

Processes share the work (`letters.take`). Nothing of a recipient or a letter's content is written to the log:
an operator finds it by the letter's number, with `sacbe notice list`.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import MailServerNotUsable
from sacbe_xroad_like import members
from sacbe_xroad_like.notices import letter_text, letters, looking
from sacbe_xroad_like.notices.kinds import LANGUAGES
from sacbe_xroad_like.notices.letter_text import Envelope, Happening
from sacbe_xroad_like.notices.letters import State, Taken
from sacbe_xroad_like.notices.mail_server import LetterRefused, MailServer
from sacbe_xroad_like.notices.recipients import Links

ROUND_SECONDS = 5.0
"""Pause between two rounds."""

REST_SECONDS = 60.0
"""Pause after a round in which the mail server took no letters at all, or the database was away."""

STOP_SECONDS_MAX = 5.0
"""A letter in hand is given so long when the process ends; then its outcome is unknown, and it is tried again."""

Observer = Callable[[State], None]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingDesk:
    """What letters are written with: by which server they go, how links are signed, where the portal is."""

    server: MailServer
    links: Links
    address: str
    digest_hour: int


class Post:
    """One process's part of the post. Without a desk it looks and forgets, and sends nothing."""

    def __init__(self, engine: AsyncEngine, desk: WritingDesk | None) -> None:
        self._engine = engine
        self._desk = desk
        self._observers: list[Observer] = []
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def on_settled(self, observer: Observer) -> None:
        """Have a function told what became of each attempt; it must be quick and raise nothing."""
        self._observers.append(observer)

    def start(self) -> None:
        """Begin; needs a running event loop."""
        self._stopping.clear()
        self._task = asyncio.create_task(self._go_round(), name="post")

    async def stop(self) -> None:
        """End after the letter in hand, if that is soon."""
        self._stopping.set()
        if self._task is not None:
            _, unfinished = await asyncio.wait([self._task], timeout=STOP_SECONDS_MAX)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def round(self, now: datetime | None = None) -> None:
        """Look if it is time, make letters, send what is due; raises MailServerNotUsable and what the database does."""
        if await looking.take_turn(self._engine):
            await looking.tell_findings(self._engine, now or datetime.now(UTC))
            await letters.forget(self._engine)
        if self._desk is not None:
            await self._send_due(self._desk)

    async def send_test(self, to: str) -> None:
        """Send a letter that says that mail works; raises MailServerNotUsable, LetterRefused too, as that."""
        desk = _required(self._desk)
        envelope = _envelope(desk, to=to, message_id=letters.message_id(desk.server.domain), at=datetime.now(UTC))
        try:
            await desk.server.send(letter_text.test_letter(envelope), to)
        except LetterRefused as error:
            raise MailServerNotUsable(reason=f"it does not take the letter: {error.answer}") from error

    async def _go_round(self) -> None:
        while not self._stopping.is_set():
            pause = ROUND_SECONDS
            try:
                await self.round()
            except MailServerNotUsable as error:
                _log.warning("the mail server takes no letters at the moment", error=error.code)
                pause = REST_SECONDS
            except Exception as error:  # the database is away: what waits there waits on
                _log.warning("notices cannot be sent at the moment", error=type(error).__name__)
                pause = REST_SECONDS
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def _send_due(self, desk: WritingDesk) -> None:
        full = letters.NOTICES_MAX
        while await letters.address(self._engine, domain=desk.server.domain, digest_hour=desk.digest_hour) == full:
            continue
        while not self._stopping.is_set():
            taken = await letters.take(self._engine)
            if taken is None:
                return
            await self._deliver(desk, taken)

    async def _deliver(self, desk: WritingDesk, taken: Taken) -> None:
        """Send one letter and write down what became of it; raises MailServerNotUsable after putting it back."""
        happenings = [Happening(**row._mapping) for row in await letters.contents(self._engine, taken)]
        if not happenings:
            await self._settle(taken, State.WITHDRAWN)
            return
        try:
            await desk.server.send(await self._written(desk, taken, happenings), taken.recipient.email)
        except LetterRefused as error:
            if error.is_final:
                await self._settle(taken, State.FAILED, error.answer)
            else:
                await self._put_back(taken, error.answer)
        except MailServerNotUsable as error:
            await self._put_back(taken, error.what)
            raise
        except Exception as error:  # a letter that cannot be written stands in no other's way
            _log.error("a letter could not be written", letter=taken.id, error=type(error).__name__)
            await self._put_back(taken, f"it could not be written ({type(error).__name__})")
        else:
            await self._settle(taken, State.SENT)

    async def _written(self, desk: WritingDesk, taken: Taken, happenings: list[Happening]) -> EmailMessage:
        titles = {str(member): title for member, title in await members.all_members(self._engine)}
        envelope = _envelope(
            desk,
            to=taken.recipient.email,
            message_id=taken.message_id,
            at=taken.begun_at,
            language=taken.recipient.language,
            token=desk.links.token(taken.recipient.number),
        )
        return letter_text.letter(envelope, happenings, titles)

    async def _settle(self, taken: Taken, state: State, answer: str = "") -> None:
        await letters.settle(self._engine, taken, state, answer)
        self._tell(taken, state)

    async def _put_back(self, taken: Taken, answer: str) -> None:
        self._tell(taken, await letters.put_back(self._engine, taken, answer, datetime.now(UTC)))

    def _tell(self, taken: Taken, state: State) -> None:
        if state is State.FAILED:
            _log.error("a letter was given up; see `sacbe notice list`", letter=taken.id, attempts=taken.attempts)
        for observe in self._observers:
            observe(state)


def _envelope(
    desk: WritingDesk, *, to: str, message_id: str, at: datetime, language: str = LANGUAGES[0], token: str = ""
) -> Envelope:
    return Envelope(
        to=to,
        sender=desk.server.sender,
        message_id=message_id,
        at=at,
        language=language,
        address=desk.address,
        token=token,
    )


def _required(desk: WritingDesk | None) -> WritingDesk:
    if desk is None:
        raise MailServerNotUsable(reason="none is set")
    return desk
