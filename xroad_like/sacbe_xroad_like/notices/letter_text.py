"""A letter as text: plain, in the recipient's language, with a way out of further ones. Pure.

Titles come from others. They become one line of bounded length, without signs that steer a reader's screen or
the head of a mail; the standard library encodes the rest (RFC 2047, RFC 2045). The head has what mailboxes ask
of whoever writes to many: List-Unsubscribe with a link that one click is enough for (RFC 8058), and
Auto-Submitted (RFC 3834), so that no answering machine answers.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.headerregistry import Address, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy, Policy
from typing import Any, Final

from sacbe_terms.identifiers import SubsystemId
from sacbe_xroad_like.notices.kinds import KINDS, LANGUAGES
from sacbe_xroad_like.notices.recipients import PATH

TITLE_CHARACTERS_MAX = 120
"""A longer title is cut."""

NOTICES_SHOWN_MAX = 100
"""A longer digest says how many more there are."""

SENDER_NAME = "Sacbé"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """A notice, as its letter tells it."""

    kind: str
    facts: Mapping[str, Any]
    told_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What stands around the notices: for whom, from where, under which name."""

    to: str
    sender: str
    message_id: str
    at: datetime
    language: str
    address: str
    """Of the portal, without a slash at its end."""
    token: str
    """The last part of the recipient's link."""

    @property
    def link(self) -> str:
        """Give where the recipient chooses how she gets notices."""
        prefix = "" if self.language == LANGUAGES[0] else f"/{self.language}"
        return f"{self.address}{prefix}{PATH}/{self.token}"


_FRAME: Final[Mapping[str, Mapping[str, str]]] = {
    "es": {
        "many": "{count} avisos de Sacbé",
        "more": "Y {count} avisos más.",
        "about": "Consumidor: {consumer}\nServicio: {service}\nCuándo: {told_at} (hora UTC)",
        "foot": "Recibe este aviso porque administra los datos de su institución en Sacbé.\n"
        "Recibirlos una vez al día, o no recibirlos:\n{link}",
        "test": "Esta es una carta de prueba de Sacbé. El correo funciona.",
        "test_subject": "Prueba del correo de Sacbé",
    },
    "en": {
        "many": "{count} notices from Sacbé",
        "more": "And {count} more notices.",
        "about": "Consumer: {consumer}\nService: {service}\nWhen: {told_at} (UTC)",
        "foot": "You get this notice because you are a steward of your institution in Sacbé.\n"
        "To get notices once a day, or none:\n{link}",
        "test": "This is a test letter from Sacbé. Mail works.",
        "test_subject": "Test of Sacbé's mail",
    },
}


class _Unfolded(UniqueUnstructuredHeader):
    """A header on one line: the library would break a long address, or encode it, where mailboxes look for it."""

    name: str

    def fold(self, *, policy: Policy) -> str:
        """Give the header as it is sent; RFC 5322, section 2.1.1 allows a line 998 characters."""
        return f"{self.name}: {self}{policy.linesep}"


def _policy() -> "EmailPolicy[EmailMessage]":
    headers = HeaderRegistry()
    headers.map_to_type("list-unsubscribe", _Unfolded)  # type: ignore[arg-type]  # the registry adds BaseHeader
    return SMTP.clone(header_factory=headers)


POLICY = _policy()
"""How a mail is written."""


def one_line(text: str, *, characters_max: int = TITLE_CHARACTERS_MAX) -> str:
    """Give a text in one line: line ends, controls and marks that turn the direction of writing become spaces."""
    kept = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in text)
    words = " ".join(kept.split())
    return words if len(words) <= characters_max else f"{words[: characters_max - 1].rstrip()}…"


def letter(envelope: Envelope, happenings: Sequence[Happening], titles: Mapping[str, str]) -> EmailMessage:
    """Give the mail; `titles` are members' by identifier."""
    language, frame = envelope.language, _FRAME[envelope.language]
    said = [_said(each, envelope, titles) for each in happenings[:NOTICES_SHOWN_MAX]]
    parts = [_paragraph(each, words, language) for each, words in zip(happenings, said, strict=False)]
    if len(happenings) > NOTICES_SHOWN_MAX:
        parts.append(frame["more"].format(count=len(happenings) - NOTICES_SHOWN_MAX))
    foot = frame["foot"].format(link=envelope.link)
    subject = KINDS[happenings[0].kind].words(language).subject.format_map(said[0])
    mail = _mail(envelope, subject if len(happenings) == 1 else frame["many"].format(count=len(happenings)))
    mail["List-Unsubscribe"] = f"<{envelope.link}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return _with_text(mail, "\n\n".join([*parts, f"-- \n{foot}"]), language)


def test_letter(envelope: Envelope) -> EmailMessage:
    """Give a mail that says that mail works."""
    frame = _FRAME[envelope.language]
    mail = _mail(envelope, frame["test_subject"])
    return _with_text(mail, frame["test"], envelope.language)


def _mail(envelope: Envelope, subject: str) -> EmailMessage:
    mail = EmailMessage(POLICY)
    mail["From"] = Address(SENDER_NAME, addr_spec=envelope.sender)
    mail["To"] = Address(addr_spec=envelope.to)
    mail["Subject"] = one_line(subject, characters_max=2 * TITLE_CHARACTERS_MAX)
    mail["Date"] = envelope.at
    mail["Message-ID"] = envelope.message_id
    mail["Auto-Submitted"] = "auto-generated"
    return mail


def _with_text(mail: EmailMessage, text: str, language: str) -> EmailMessage:
    """Give the mail its text, in lines that every server takes."""
    mail.set_content(f"{text}\n", cte="quoted-printable")
    mail["Content-Language"] = language
    return mail


def _said(happening: Happening, envelope: Envelope, titles: Mapping[str, str]) -> dict[str, str]:
    """Give the facts as this language says them."""
    said = {name: one_line(str(value)) for name, value in happening.facts.items()}
    for name in ("consumer", "provider"):
        member = str(SubsystemId.parse(happening.facts[name]).member)
        said[name] = one_line(titles.get(member, member))
    if "day" in happening.facts:
        said["day"] = _day(date.fromisoformat(happening.facts["day"]), envelope.language)
    return {**said, "explorer": f"{envelope.address}/explore"}


def _paragraph(happening: Happening, said: Mapping[str, str], language: str) -> str:
    words = KINDS[happening.kind].words(language)
    about = _FRAME[language]["about"].format(
        consumer=one_line(happening.facts["consumer"]),
        service=said["service"],
        told_at=f"{_day(happening.told_at.date(), language)} {happening.told_at:%H:%M}",
    )
    return f"{words.happened.format_map(said)}\n{words.to_do.format_map(said)}\n\n{about}"


def _day(day: date, language: str) -> str:
    return day.isoformat() if language == "en" else f"{day.day}/{day.month}/{day.year}"
