"""The operator's mail server, spoken to by SMTP (RFC 5321), with STARTTLS (RFC 3207) or TLS at once (RFC 8314).

What goes wrong is one of three: the server refuses this letter for good; it cannot take it now, or nobody
knows whether it did; or it takes no letters at all, which says nothing of the letter. What it answers is
given in its words, for the operator alone.
"""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum

import aiosmtplib

from sacbe_terms.errors import MailServerNotUsable
from sacbe_xroad_like.notices.letter_text import one_line

SENDING_SECONDS_MAX = 60.0
"""A letter takes no longer, from the connection on."""

STEP_SECONDS_MAX = 30.0
"""A step of the conversation takes no longer."""

ANSWER_CHARACTERS_MAX = 300
"""So much is kept of what a server answers."""

REFUSED_FOR_GOOD = 500
"""Replies from this code on are permanent (RFC 5321, section 4.2.1)."""


class Security(StrEnum):
    """How a connection becomes a private one."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}
"""The usual ports (RFC 6409, RFC 8314, RFC 5321)."""


class LetterRefused(Exception):
    """The server does not take this letter, now (`is_final` is false) or ever."""

    def __init__(self, answer: str, *, is_final: bool) -> None:
        super().__init__(answer)
        self.answer = answer
        self.is_final = is_final


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where letters go, as whom, and how that is kept private."""

    host: str
    port: int = 0
    """0 is the usual one."""
    security: Security = Security.STARTTLS
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    authorities: str = ""
    """A file of certificates (PEM) that the server's must come from; empty: those of this machine."""

    @property
    def domain(self) -> str:
        """Give the domain that letters are from."""
        return self.sender.rpartition("@")[2]

    async def send(self, mail: EmailMessage, to: str) -> None:
        """Hand one letter over; raises LetterRefused and MailServerNotUsable.

        Once the server has said that it has the letter, nothing that happens after counts.
        """
        try:
            async with asyncio.timeout(SENDING_SECONDS_MAX):
                client = await self._connected()
                try:
                    with _letters_fault():
                        await client.sendmail(self.sender, [to], mail.as_bytes())
                finally:
                    client.close()
        except TimeoutError as error:
            raise LetterRefused(f"no answer within {SENDING_SECONDS_MAX:g} s", is_final=False) from error

    async def _connected(self) -> aiosmtplib.SMTP:
        """Give a connection that takes letters; raises MailServerNotUsable."""
        client = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port or PORTS[self.security],
            username=self.user or None,
            password=self.password or None,
            timeout=STEP_SECONDS_MAX,
            use_tls=self.security is Security.TLS,
            start_tls=self.security is Security.STARTTLS,
            tls_context=None if self.security is Security.NONE else self._trusted(),
            local_hostname=self.domain,
        )
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            with suppress(Exception):
                client.close()
            raise MailServerNotUsable(reason=_reason(error)) from error
        return client

    def _trusted(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.authorities or None)
        except OSError as error:
            raise MailServerNotUsable(reason="the file SACBE_SMTP_CA cannot be read") from error


@contextmanager
def _letters_fault() -> Iterator[None]:
    """Say of what goes wrong with a letter whose fault it is."""
    try:
        yield
    except aiosmtplib.SMTPSenderRefused as error:
        raise MailServerNotUsable(reason=f"it refuses the sender: {_said(error.code, error.message)}") from error
    except aiosmtplib.SMTPRecipientsRefused as error:
        one = error.recipients[0]
        raise LetterRefused(_said(one.code, one.message), is_final=one.code >= REFUSED_FOR_GOOD) from error
    except aiosmtplib.SMTPResponseException as error:
        raise LetterRefused(_said(error.code, error.message), is_final=error.code >= REFUSED_FOR_GOOD) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise LetterRefused(_reason(error), is_final=False) from error


def _said(code: int, message: str) -> str:
    return one_line(f"{code} {message}", characters_max=ANSWER_CHARACTERS_MAX)


def _reason(error: Exception) -> str:
    """Say what happened before any letter, without a word that a server could have taken from our password."""
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return f"it refuses the user or the password ({error.code})"
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _said(error.code, error.message)
    if isinstance(error, ssl.SSLCertVerificationError) or isinstance(error.__cause__, ssl.SSLCertVerificationError):
        return "its certificate is not trusted, or is another host's"
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    said = error.message if isinstance(error, aiosmtplib.SMTPException) else type(error).__name__
    return one_line(f"the connection failed ({said})", characters_max=ANSWER_CHARACTERS_MAX)
