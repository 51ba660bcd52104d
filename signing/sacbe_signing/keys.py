"""Signing keys: who holds them, and the one thing that is asked of them.

The rest of the house sees a `Signer`, a certificate and a function, and a `KeyRing` that gives one
for a member. Where the private key lies is its `KeyHolder`'s business: in encrypted PKCS#8 files
(`FileKeys`), or in a device that never gives it away (`key_device.DeviceKeys`).

A key file holds the encrypted private key and its certificate (PEM), so that one rename puts both
in place; the certificate alone where a device has the key. Layout of a key folder:

    authorities/*.pem    certificates of the authorities that are believed
    members/*.pem        a member's key and certificate; the name is its printed form, percent-encoded
    node.pem             the key and certificate that sign the log's checkpoints
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, unquote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from sacbe_signing.trust import Trust
from sacbe_terms.errors import KeyNotUsable
from sacbe_terms.identifiers import MemberId

COORDINATE_BYTES = 32
"""Length of each half of a P-256 signature in its raw form r || s."""

_ECDSA = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True)
class Signer:
    """A certificate (DER), its SHA-256, and what signs with its key: ECDSA P-256 over SHA-256, raw r || s."""

    certificate: bytes
    certificate_sha256: bytes
    sign: Callable[[bytes], bytes]


class KeyHolder(Protocol):
    """Where private keys lie."""

    def signer(self, file: Path) -> Signer:
        """Give the signer of a key (`key_name`), whose certificate lies in this file; raises KeyNotUsable."""
        ...


class KeyRing(Protocol):
    """Gives the signers of this node, and says whom it believes."""

    def signer_for(self, member: MemberId) -> Signer:
        """Give the signer of a member that this node hosts; raises KeyNotUsable."""
        ...

    def node(self) -> Signer:
        """Give the signer of this node's checkpoints; raises KeyNotUsable."""
        ...

    def trust(self) -> Trust:
        """Give the authorities and the node's certificate, for whoever verifies; raises KeyNotUsable."""
        ...


def signer(key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, *, where: str) -> Signer:
    """Join a P-256 key with its certificate; raises KeyNotUsable if the two do not belong together."""
    _check_curve(key.curve, where)
    if certificate.public_key() != key.public_key():
        raise _not_usable(where, "the certificate is of another key")
    return signer_of(certificate, lambda data: raw_signature(key.sign(data, _ECDSA)), where=where)


def signer_of(certificate: x509.Certificate, sign: Callable[[bytes], bytes], *, where: str) -> Signer:
    """Join a certificate with what signs by its key; raises KeyNotUsable unless that is on P-256."""
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise _not_usable(where, "it is not an elliptic-curve key")
    _check_curve(key.curve, where)
    der = certificate.public_bytes(serialization.Encoding.DER)
    return Signer(der, sha256(der).digest(), sign)


def _check_curve(curve: ec.EllipticCurve, where: str) -> None:
    if not isinstance(curve, ec.SECP256R1):
        raise _not_usable(where, f"it is on the curve {curve.name}, not P-256")


def raw_signature(der: bytes) -> bytes:
    """Turn an ECDSA signature from DER into r || s, as XML signatures and PKCS#11 have it (RFC 4050)."""
    r, s = decode_dss_signature(der)
    return r.to_bytes(COORDINATE_BYTES, "big") + s.to_bytes(COORDINATE_BYTES, "big")


def key_file(key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, passphrase: bytes) -> bytes:
    """Print a key file: encrypted PKCS#8 and the certificate."""
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )
    return encrypted + certificate.public_bytes(serialization.Encoding.PEM)


def read_key_file(path: Path, passphrase: bytes) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """Read a key file; raises KeyNotUsable with the reason."""
    try:
        pem = path.read_bytes()
        key = serialization.load_pem_private_key(pem, passphrase)
        certificate = x509.load_pem_x509_certificate(pem)
    except FileNotFoundError as error:
        raise _not_usable(path.name, "there is no such key file") from error
    except (OSError, ValueError, TypeError) as error:
        raise _not_usable(path.name, "the file is damaged, not readable, or has another passphrase") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise _not_usable(path.name, "it is not an elliptic-curve key")
    return key, certificate


def read_certificate(path: Path) -> x509.Certificate:
    """Read the certificate in a key file; raises KeyNotUsable with the reason."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except FileNotFoundError as error:
        raise _not_usable(path.name, "there is no file with its certificate") from error
    except (OSError, ValueError) as error:
        raise _not_usable(path.name, "the certificate in the file is damaged or not readable") from error


def member_file(folder: Path, member: MemberId) -> Path:
    """Say where a member's key file lies."""
    return folder / "members" / f"{quote(str(member), safe='')}.pem"


def node_file(folder: Path) -> Path:
    """Say where the node's own key file lies."""
    return folder / "node.pem"


def key_name(file: Path) -> str:
    """Give the name of the key of a key file: a member's printed identifier, or `node`."""
    return unquote(file.stem)


def authorities_folder(folder: Path) -> Path:
    """Say where the certificates of the believed authorities lie."""
    return folder / "authorities"


def authority_files(folder: Path, more: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Give the files with the certificates of whom a key folder believes, and those that are named beside it."""
    return (*sorted(authorities_folder(folder).glob("*.pem")), *more)


def read_authorities(files: Iterable[Path]) -> tuple[tuple[str, x509.Certificate], ...]:
    """Read every certificate of these files, each with its file's name (without suffix); raises KeyNotUsable."""
    read = []
    for file in files:
        try:
            read += [(file.stem, each) for each in x509.load_pem_x509_certificates(file.read_bytes())]
        except (OSError, ValueError) as error:
            raise _not_usable(file.name, "this authority's certificate cannot be read") from error
    return tuple(read)


def read_trust(folder: Path, more: Sequence[Path] = ()) -> Trust:
    """Read whom a key folder believes, and `more` authorities; needs no passphrase. Raises KeyNotUsable."""
    authorities = read_authorities(authority_files(folder, more))
    nodes = (read_certificate(node_file(folder)),)
    return Trust(authorities=tuple(certificate for _, certificate in authorities), nodes=nodes)


class FileKeys:
    """A `KeyHolder` of encrypted files, each with its certificate."""

    def __init__(self, passphrase: bytes) -> None:
        self._passphrase = passphrase

    def signer(self, file: Path) -> Signer:
        """Give the signer of a key file; raises KeyNotUsable."""
        return signer(*read_key_file(file, self._passphrase), where=file.name)


class FolderKeyRing:
    """The key ring of a folder that somebody else filled; each of its keys is asked for once."""

    def __init__(self, folder: Path, holder: KeyHolder, authorities: Sequence[Path] = ()) -> None:
        """`authorities` are files of further authorities, beside those in the folder."""
        self._folder = folder
        self._holder = holder
        self._authorities = authorities
        self._members: dict[MemberId, Signer] = {}
        self._node: Signer | None = None

    def signer_for(self, member: MemberId) -> Signer:
        """Give the signer of a member that this node hosts; raises KeyNotUsable."""
        found = self._members.get(member)
        if found is None:
            found = self._members[member] = self._holder.signer(member_file(self._folder, member))
        return found

    def node(self) -> Signer:
        """Give the signer of this node's checkpoints; raises KeyNotUsable."""
        if self._node is None:
            self._node = self._holder.signer(node_file(self._folder))
        return self._node

    def trust(self) -> Trust:
        """Give the authorities and the node's certificate; raises KeyNotUsable."""
        return read_trust(self._folder, self._authorities)


def _not_usable(where: str, reason: str) -> KeyNotUsable:
    return KeyNotUsable(
        what=f"The signing key {where} cannot be used: {reason}.",
        where=where,
        hint="Put the member's key file into the node's key folder, or mend the passphrase setting.",
    )
