"""A server with TLS on free ports for the tests, and clients that show this certificate or that."""

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from sacbe import members_tls
from sacbe.listeners import MEMBERS_TLS, bind_all
from sacbe.members_tls import TlsFiles
from sacbe.server import Server
from sacbe.settings import Settings
from sacbe_signing import keys
from sacbe_signing.authority import DevelopmentAuthority

PASSPHRASE = "a passphrase for tests"
FREE = Settings(public_port=0, members_port=0, members_tls_port=0, operations_port=0)


@dataclass(frozen=True)
class Shown:
    """A certificate and its key, in one file as `ssl` wants it."""

    file: Path
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        """The certificate's bytes."""
        return self.certificate.public_bytes(Encoding.DER)


def self_signed(folder: Path, name: str, *, days: tuple[int, int] = (-1, 30)) -> Shown:
    """Make a certificate that only itself vouches for; `days` from now say when it begins and ends."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=days[0]))
        .not_valid_after(now + datetime.timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return Shown(file, certificate)


def files(folder: Path) -> TlsFiles:
    """Give the files of a server of this folder's development authority."""
    server = DevelopmentAuthority(folder, PASSPHRASE.encode()).server_file()
    authorities = tuple(keys.authorities_folder(folder).glob("*.pem"))
    return TlsFiles(certificate=server, key=server, password=PASSPHRASE, authorities=authorities)


def client(given: TlsFiles, shown: Path | None = None) -> ssl.SSLContext:
    """Give a client that believes the server's authority, and shows a certificate or none."""
    made = ssl.create_default_context(cafile=str(given.authorities[0]))
    if shown is not None:
        made.load_cert_chain(shown, password=PASSPHRASE)
    return made


@asynccontextmanager
async def serving(application: Any, context: ssl.SSLContext) -> AsyncIterator[dict[str, int]]:
    """Serve every listener on a free port; give the ports by name."""
    listeners = bind_all(FREE, has_tls=True)
    server = Server(application, listeners, tls={MEMBERS_TLS: context})
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers a flag, no event
        await asyncio.sleep(0.01)
    try:
        yield {listener.name: listener.port for listener in listeners}
    finally:
        server.should_exit = True
        await running


def served(folder: Path) -> ssl.SSLContext:
    """Give the context of a server of this folder's development authority."""
    return members_tls.context(files(folder))
