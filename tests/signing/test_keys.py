"""Key files and the development authority: encrypted, private, and made only once."""

import shutil
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from sacbe_signing import authority, keys
from sacbe_signing.authority import DevelopmentAuthority
from sacbe_signing.keys import FileKeys, FolderKeyRing
from sacbe_signing.trust import member_of
from sacbe_terms.errors import KeyNotUsable
from sacbe_terms.identifiers import MemberId

PASSPHRASE = b"a passphrase for tests"
MINISTRY = MemberId("GT", "GOV", "1001")


@pytest.fixture
def ring(tmp_path: Path) -> DevelopmentAuthority:
    """A development authority in a folder of its own."""
    return DevelopmentAuthority(tmp_path, PASSPHRASE)


def test_an_operators_ring_reads_what_the_authority_wrote(tmp_path: Path, ring: DevelopmentAuthority) -> None:
    """The files of the development authority are those that a production key ring reads."""
    issued = ring.signer_for(MINISTRY)
    read = FolderKeyRing(tmp_path, FileKeys(PASSPHRASE))
    assert read.signer_for(MINISTRY).certificate == issued.certificate
    assert read.node().certificate_sha256 == ring.node().certificate_sha256
    assert read.trust() == ring.trust()


def test_a_member_keeps_its_key(tmp_path: Path, ring: DevelopmentAuthority) -> None:
    """A second start finds the keys of the first."""
    issued = ring.signer_for(MINISTRY)
    again = DevelopmentAuthority(tmp_path, PASSPHRASE)
    assert again.signer_for(MINISTRY).certificate == issued.certificate
    assert again.node().certificate == ring.node().certificate


def test_two_starts_at_once_make_one_authority(tmp_path: Path) -> None:
    """Processes that start together end with the same root and the same keys."""

    def start(_: int) -> tuple[bytes, bytes]:
        made = DevelopmentAuthority(tmp_path, PASSPHRASE)
        return made.node().certificate, made.signer_for(MINISTRY).certificate

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(start, range(4)))) == 1


def test_keys_are_encrypted_and_private(tmp_path: Path, ring: DevelopmentAuthority) -> None:
    """No key lies in clear, and nobody but the owner may read any file or look into the folder."""
    ring.signer_for(MINISTRY)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 7, "a lock, the root's key and certificate, the node and the member, each noted as issued"
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)
    assert stat.S_IMODE((tmp_path / "members").stat().st_mode) == 0o700
    assert not any(b"BEGIN PRIVATE KEY" in path.read_bytes() for path in files)
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in keys.member_file(tmp_path, MINISTRY).read_bytes()


def test_a_certificate_names_its_member(ring: DevelopmentAuthority) -> None:
    """Also a member whose code holds signs that file names and URIs reserve."""
    member = MemberId("GT", "GOV", "a/b ñ" + "x" * 200)
    assert member_of(x509.load_der_x509_certificate(ring.signer_for(member).certificate)) == member


def test_openssl_believes_the_chain(tmp_path: Path, ring: DevelopmentAuthority) -> None:
    """OpenSSL's strict check accepts a member's certificate under the development root."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    leaf = tmp_path / "leaf.pem"
    certificate = x509.load_der_x509_certificate(ring.signer_for(MINISTRY).certificate)
    leaf.write_bytes(certificate.public_bytes(Encoding.PEM))
    root = keys.authorities_folder(tmp_path) / "development.pem"
    said = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-CAfile", str(root), str(leaf)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr


def test_a_wrong_passphrase_is_told(tmp_path: Path, ring: DevelopmentAuthority) -> None:
    """The error names the file and what to do, not the passphrase."""
    ring.signer_for(MINISTRY)
    with pytest.raises(KeyNotUsable, match=r"GT%2FGOV%2F1001\.pem.*passphrase"):
        FolderKeyRing(tmp_path, FileKeys(b"another")).signer_for(MINISTRY)


def test_a_missing_key_is_told(tmp_path: Path, ring: DevelopmentAuthority) -> None:
    """A member that this node does not host has no key here."""
    with pytest.raises(KeyNotUsable, match="no such key file"):
        FolderKeyRing(tmp_path, FileKeys(PASSPHRASE)).signer_for(MINISTRY)


@pytest.mark.parametrize("content", [b"", b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n", b"\x00\xff" * 50])
def test_a_damaged_file_is_told(tmp_path: Path, ring: DevelopmentAuthority, content: bytes) -> None:
    """A file that is no key file gives a plain error."""
    keys.member_file(tmp_path, MINISTRY).write_bytes(content)
    with pytest.raises(KeyNotUsable, match="damaged"):
        FolderKeyRing(tmp_path, FileKeys(PASSPHRASE)).signer_for(MINISTRY)


def test_a_key_with_anothers_certificate_is_refused(tmp_path: Path, ring: DevelopmentAuthority) -> None:
    """A key and a certificate that do not belong together sign nothing."""
    ring.signer_for(MINISTRY)
    key, _ = keys.read_key_file(keys.member_file(tmp_path, MINISTRY), PASSPHRASE)
    _, other = keys.read_key_file(keys.node_file(tmp_path), PASSPHRASE)
    with pytest.raises(KeyNotUsable, match="of another key"):
        keys.signer(key, other, where="both.pem")


def test_only_p256_is_taken(tmp_path: Path, ring: DevelopmentAuthority) -> None:
    """Another curve, or RSA, is refused when it is read, not when it signs."""
    _, certificate = keys.read_key_file(keys.node_file(tmp_path), PASSPHRASE)
    with pytest.raises(KeyNotUsable, match="secp384r1"):
        keys.signer(ec.generate_private_key(ec.SECP384R1()), certificate, where="p384.pem")
    rsa_key = rsa.generate_private_key(65537, 2048)
    path = tmp_path / "rsa.pem"
    path.write_bytes(keys.key_file(rsa_key, certificate, PASSPHRASE))  # type: ignore[arg-type]  # what is refused
    with pytest.raises(KeyNotUsable, match="elliptic"):
        keys.read_key_file(path, PASSPHRASE)


def test_a_passphrase_is_made_once(tmp_path: Path) -> None:
    """The first start makes a random passphrase in a private file; later ones read it."""
    path = tmp_path / "secrets" / "passphrase"
    made = authority.passphrase_from(path)
    assert len(made) >= 43
    assert authority.passphrase_from(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
