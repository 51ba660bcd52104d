"""A key device in software (SoftHSM2), with tokens of a test's own."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pkcs11
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sacbe_signing import keys
from sacbe_signing.key_device import Device
from tests.signing.ocsp.answers import PrivateKey

MODULES = [Path(folder, "softhsm/libsofthsm2.so") for folder in ("/usr/lib", "/usr/local/lib", "/usr/lib64")]
MODULE = next((path for path in MODULES if path.exists()), MODULES[0])
IS_MISSING = not MODULE.exists() or shutil.which("softhsm2-util") is None
LABEL, PIN = "sacbe-prueba", "927461"
PASSPHRASE = b"a passphrase for tests"


class SoftDevice:
    """Tokens in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._keys = 0
        self._out = folder.with_name("taken-out")

    def device(self, *, token: str = LABEL, pin: str = PIN, module: Path = MODULE) -> Device:
        """Say how to reach the token."""
        return Device(module=module, token=token, pin=pin)

    def make_token(self, label: str = LABEL) -> None:
        """Make a token without keys."""
        _run("--init-token", "--free", "--label", label, "--so-pin", "11112222", "--pin", PIN)

    def put(self, key: PrivateKey, label: str) -> None:
        """Put a private key onto the token."""
        self._keys += 1
        file = self._folder.with_name("imported.p8")
        file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        _run("--import", str(file), "--token", LABEL, "--label", label, "--id", f"{self._keys:02x}", "--pin", PIN)
        file.unlink()

    def take_out(self) -> None:
        """Take all tokens away."""
        self._folder.rename(self._out)
        self._folder.mkdir()

    def put_back(self) -> None:
        """Put them back."""
        self._folder.rmdir()
        self._out.rename(self._folder)

    def restart(self) -> None:
        """Close every session of this process, as a device does that restarts; new tokens are seen then."""
        pkcs11.lib(str(MODULE)).reinitialize()

    def move_in(self, *files: Path) -> None:
        """Move the keys of these files onto the token; the certificates alone stay there."""
        for file in files:
            key, certificate = keys.read_key_file(file, PASSPHRASE)
            self.put(key, keys.key_name(file))
            file.write_bytes(certificate.public_bytes(Encoding.PEM))


@contextmanager
def soft_device(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftDevice]:
    """Give a device of its own, with one token."""
    tokens = folder / "tokens"
    tokens.mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(conf))
    made = SoftDevice(tokens)
    made.make_token()
    made.restart()  # one library per process: it may still have another test's tokens
    yield made


def _run(*arguments: str) -> None:
    subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True, timeout=30)
