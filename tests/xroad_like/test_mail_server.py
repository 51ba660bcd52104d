"""The mail server as operators have it: private or not, with a password or without, and not always there."""

import ssl
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from sacbe_terms.errors import MailServerNotUsable
from sacbe_xroad_like.notices.mail_server import LetterRefused, MailServer, Security
from tests.adapters.certificates import pair
from tests.xroad_like.mail import PASSWORD, SENDER, USER, MailBox, listening

TO = "ixchel@renap.example"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key."""
    made = pair("mail server")
    certificate, key = tmp_path / "mail.pem", tmp_path / "mail.key"
    certificate.write_text(made.certificate)
    key.write_text(made.private_key)
    return certificate, key


def server_side(files: tuple[Path, Path]) -> ssl.SSLContext:
    """Give what a server does TLS with."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*files)
    return context


def letter() -> EmailMessage:
    """Give a letter with a line that begins with a dot."""
    mail = EmailMessage()
    mail["Subject"] = "Aviso"
    mail.set_content(".\r\n.una línea\n")
    return mail


def server(box: MailBox, security: Security, **changed: Any) -> MailServer:
    """Give the server of a box as settings would."""
    return MailServer(host="127.0.0.1", port=box.port, security=security, sender=SENDER, **changed)


async def test_starttls_with_a_password(files: tuple[Path, Path]) -> None:
    """The connection becomes private, then the node signs in, then the letter goes, whole."""
    how: dict[str, Any] = {"tls_context": server_side(files), "require_starttls": True, "auth_required": True}
    box = MailBox()
    async with listening(box, **how, authenticator=box.authenticate):
        usable = server(box, Security.STARTTLS, user=USER, password=PASSWORD, authorities=str(files[0]))
        await usable.send(letter(), TO)
    assert (box.signed_in, box.envelopes) == ([USER], [(SENDER, [TO])])
    assert box.mails[0].get_content().splitlines() == [".", ".una línea"]


async def test_tls_at_once(files: tuple[Path, Path]) -> None:
    """Private from the first byte on."""
    async with listening(MailBox(), tls=server_side(files)) as box:
        await server(box, Security.TLS, authorities=str(files[0])).send(letter(), TO)
    assert len(box.mails) == 1


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS], ids=str)
async def test_a_strange_certificate_ends_it(files: tuple[Path, Path], security: Security) -> None:
    """Nothing is sent to whoever cannot show that it is the operator's server."""
    context = server_side(files)
    how: dict[str, Any] = {"tls": context} if security is Security.TLS else {"tls_context": context}
    async with listening(MailBox(), **how) as box:
        with pytest.raises(MailServerNotUsable, match="not trusted"):
            await server(box, security).send(letter(), TO)
    assert box.mails == []


async def test_a_server_without_starttls_gets_nothing() -> None:
    """Who asked for privacy never falls back to none."""
    async with listening(MailBox()) as box:
        with pytest.raises(MailServerNotUsable, match="STARTTLS"):
            await server(box, Security.STARTTLS).send(letter(), TO)
    assert box.mails == []


async def test_a_wrong_password_is_not_told(files: tuple[Path, Path]) -> None:
    """The operator learns that it is wrong; it stands neither in the error nor in how the server prints."""
    box, secret = MailBox(), "a wrong secret of the operator"
    async with listening(box, tls_context=server_side(files), authenticator=box.authenticate):
        usable = server(box, Security.STARTTLS, user=USER, password=secret, authorities=str(files[0]))
        with pytest.raises(MailServerNotUsable, match="password") as caught:
            await usable.send(letter(), TO)
    assert secret not in f"{caught.value} {caught.value.hint} {caught.value.__cause__!r} {usable!r}"


async def test_nobody_listens() -> None:
    """A server that is away is the server's fault, not the letter's."""
    async with listening(MailBox()) as box:
        pass
    with pytest.raises(MailServerNotUsable):
        await server(box, Security.NONE).send(letter(), TO)


async def test_a_file_of_authorities_that_is_not_there(tmp_path: Path) -> None:
    """The setting is named."""
    async with listening(MailBox()) as box:
        with pytest.raises(MailServerNotUsable, match="SACBE_SMTP_CA"):
            await server(box, Security.TLS, authorities=str(tmp_path / "none.pem")).send(letter(), TO)


def _sender(box: MailBox) -> None:
    box.mail = "553 not yours"


def _now(box: MailBox) -> None:
    box.data = lambda *_: "452 full"


def _ever(box: MailBox) -> None:
    box.rcpt = lambda *_: "550 nobody"


@pytest.mark.parametrize(
    ("ill", "error", "is_final"),
    [(_sender, MailServerNotUsable, None), (_now, LetterRefused, False), (_ever, LetterRefused, True)],
    ids=["sender", "now", "ever"],
)
async def test_whose_fault_it_is(ill: Callable[[MailBox], None], error: type[Exception], is_final: bool | None) -> None:
    """A sender that is not taken is a matter of settings; a recipient or a letter is one of this letter."""
    async with listening(MailBox()) as box:
        ill(box)
        with pytest.raises(error) as caught:
            await server(box, Security.NONE).send(letter(), TO)
    assert getattr(caught.value, "is_final", None) is is_final
