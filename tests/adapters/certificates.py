"""Keys and certificates by openssl, a foreign hand: each test session makes them once."""

import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

KINDS = {
    "ec": ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
    "rsa": ("-newkey", "rsa:2048"),
}


@dataclass(frozen=True)
class Pair:
    """A self-signed certificate and its key, PEM."""

    certificate: str
    private_key: str


@cache
def pair(name: str, kind: str = "ec") -> Pair:
    """Give the pair of this name, valid for 127.0.0.1."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    with TemporaryDirectory() as folder:
        key, certificate = Path(folder, "key.pem"), Path(folder, "certificate.pem")
        command = ["openssl", "req", "-x509", *KINDS[kind], "-nodes", "-days", "2", "-subj", f"/CN={name}"]
        command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
        subprocess.run(command, check=True, capture_output=True)
        return Pair(certificate.read_text(), key.read_text())
