"""TLS towards ministries' systems: whom we believe, and which client certificate we show.

A context is made once per client certificate and kept, since making one takes milliseconds.
Python's `ssl` reads a key from a file alone; the key is written there encrypted under a passphrase
that lives in memory for a moment, so that the disk never holds it in clear.
"""

import asyncio
import secrets
import ssl
from collections import OrderedDict
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives import serialization

from sacbe_terms.credentials import AnyCredential, ClientCertificate

CONTEXTS_MAX = 256
"""Client certificates whose context is kept; the one used longest ago is made anew when it is needed."""

PASSPHRASE_BYTES = 32
"""Randomness of the passphrase under which a key goes through the disk."""


class Contexts:
    """Gives the context of a connection. Use one object per event loop."""

    def __init__(self, trust: ssl.SSLContext | None = None) -> None:
        """`trust` names the authorities that servers are measured by; the system's when left out."""
        self._trust = trust
        self._plain = trust
        self._kept: OrderedDict[ClientCertificate, ssl.SSLContext] = OrderedDict()

    async def of(self, credentials: tuple[AnyCredential, ...]) -> ssl.SSLContext:
        """Give the context that shows the client certificate among these credentials, or none.

        Raises OSError where the certificate and its key cannot be used.
        """
        shown = next((one for one in credentials if isinstance(one, ClientCertificate)), None)
        if shown is not None:
            return await self._showing(shown)
        if self._plain is None:
            self._plain = await asyncio.to_thread(ssl.create_default_context)
        return self._plain

    async def _showing(self, certificate: ClientCertificate) -> ssl.SSLContext:
        context = self._kept.get(certificate)
        if context is None:
            context = self._kept[certificate] = await asyncio.to_thread(_made, certificate, self._trust)
            if len(self._kept) > CONTEXTS_MAX:
                self._kept.popitem(last=False)
        self._kept.move_to_end(certificate)
        return context


def _made(certificate: ClientCertificate, trust: ssl.SSLContext | None) -> ssl.SSLContext:
    context = ssl.create_default_context() if trust is None else _believing_the_same(trust)
    passphrase = secrets.token_hex(PASSPHRASE_BYTES)
    try:
        chain = certificate.certificate.encode() + _encrypted(certificate.private_key, passphrase)
    except (ValueError, TypeError) as error:
        raise OSError("the client certificate's key cannot be read") from error
    with TemporaryDirectory(prefix="sacbe-") as folder:
        path = Path(folder, "chain.pem")
        path.write_bytes(chain)
        context.load_cert_chain(path, password=passphrase)
    return context


def _believing_the_same(trust: ssl.SSLContext) -> ssl.SSLContext:
    """Give a fresh context for the same authorities: a context cannot be copied."""
    return ssl.create_default_context(cadata=b"".join(trust.get_ca_certs(binary_form=True)))


def _encrypted(private_key: str, passphrase: str) -> bytes:
    key = serialization.load_pem_private_key(private_key.encode(), None)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )
