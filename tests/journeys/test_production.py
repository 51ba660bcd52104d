"""`sacbe serve` with its signing keys in a device: it serves, or says what is wrong with the device and ends."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sacbe_signing import keys
from sacbe_signing.authority import DevelopmentAuthority
from tests.journeys.node import START_SECONDS_MAX, environment_for
from tests.signing.soft_device import IS_MISSING, LABEL, MODULE, PASSPHRASE, PIN, SoftDevice, soft_device

pytestmark = pytest.mark.skipif(IS_MISSING, reason="needs softhsm2")


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftDevice]:
    """A device with the node's key, whose certificate lies in the node's folder."""
    DevelopmentAuthority(tmp_path / "home" / "keys", PASSPHRASE)
    with soft_device(tmp_path, monkeypatch) as made:
        made.move_in(keys.node_file(tmp_path / "home" / "keys"))
        yield made


@contextmanager
def serving(tmp_path: Path, database_url: str, pin: str) -> Iterator[tuple["subprocess.Popen[bytes]", Path]]:
    """Run `sacbe serve` with the PIN in a file; give the process and the file of what it says."""
    secret, said = tmp_path / "pin", tmp_path / "said"
    secret.write_text(f"{pin}\n")
    environment = environment_for(tmp_path / "home") | {
        "SACBE_DATABASE_URL": database_url,
        "SACBE_SECRETS_KEY": "a secret of thirty-two characters.",
        "SACBE_BASE_IRI": "https://servicios.gob.example/id/",
        "SACBE_PKCS11_MODULE": str(MODULE),
        "SACBE_PKCS11_TOKEN": LABEL,
        "SACBE_PKCS11_PIN_FILE": str(secret),
        "SOFTHSM2_CONF": os.environ["SOFTHSM2_CONF"],
    }
    command = [sys.executable, "-m", "sacbe", "serve"]
    with said.open("w") as output, subprocess.Popen(command, env=environment, stdout=output, stderr=output) as process:
        try:
            yield process, said
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def test_a_node_serves_with_a_device(tmp_path: Path, device: SoftDevice, database_url: str) -> None:
    """No password of keys is needed then, and the PIN comes from a file."""
    with serving(tmp_path, database_url, PIN) as (process, said):
        until = time.monotonic() + START_SECONDS_MAX
        while (found := re.search(r"operations=(\d+)", said.read_text())) is None:
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < until, said.read_text()
            time.sleep(0.05)
        with urllib.request.urlopen(f"http://127.0.0.1:{found[1]}/readyz", timeout=20) as answer:
            assert answer.status == 200
    assert PIN not in said.read_text()
    assert "509" not in said.read_text()


def test_a_wrong_pin_ends_the_start(tmp_path: Path, device: SoftDevice, database_url: str) -> None:
    """It is tried once, by one process, and never written anywhere."""
    with serving(tmp_path, database_url, "864209") as (process, said):
        assert process.wait(START_SECONDS_MAX) == 1
    assert said.read_text().count("SACBE-509") == 1
    assert "the PIN is refused" in said.read_text()
    assert "864209" not in said.read_text()
