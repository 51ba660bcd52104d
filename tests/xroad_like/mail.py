"""A mail server of another hand (aiosmtpd) on a free port, which takes letters, or is ill as a test tells it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

SENDER = "avisos@nodo.example"
USER, PASSWORD = "nodo", "a password of the mail server"

Answer = Callable[["MailBox", str], str | None]
"""What the server says to a step, by the recipient; None for what it says when it is well."""


class MailBox:
    """What a server took, and how it is ill: `rcpt` and `data` answer these steps, `after` comes when it has all."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.rcpt: Answer = well
        self.data: Answer = well
        self.mail: str | None = None
        self.is_hanging = False
        self.is_cutting = False
        self.port = 0
        self.signed_in: list[str] = []

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]) -> str:
        """Take the sender, or not."""
        if self.mail is not None:
            return self.mail
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]) -> str:
        """Take the recipient, or not."""
        answer = self.rcpt(self, address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        """Take the letter, or not; or have it, and be gone before saying so."""
        answer = self.data(self, envelope.rcpt_tos[0])
        if answer is None:
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
            self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        if self.is_hanging:
            await asyncio.sleep(3600)
        if self.is_cutting:
            server.transport.abort()
        return answer or "250 OK"

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        """Let the one user in."""
        is_right = data == LoginPassword(USER.encode(), PASSWORD.encode())
        self.signed_in += [USER] if is_right else []
        return AuthResult(success=is_right, handled=False)


def well(box: MailBox, address: str) -> str | None:
    """Take everything."""
    return None


@asynccontextmanager
async def listening(box: MailBox, *, tls: ssl.SSLContext | None = None, **how: Any) -> AsyncIterator[MailBox]:
    """Run a server for this box; with `tls` from the first byte on, and `how` as aiosmtpd's SMTP takes it."""
    protocols: list[SMTP] = []

    def made() -> SMTP:
        protocols.append(SMTP(box, hostname="mail.example", enable_SMTPUTF8=True, **how))
        return protocols[-1]

    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0, ssl=tls)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        for protocol in protocols:
            if protocol.transport is not None:
                cast("asyncio.Transport", protocol.transport).abort()
        tasks = [protocol._handler_coroutine for protocol in protocols if protocol._handler_coroutine]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
