"""Keys behind PKCS#11: they sign as keys in files do, and what is wrong with the device is said without its PIN."""

import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sacbe_signing import key_device, keys, xades
from sacbe_signing.authority import DevelopmentAuthority
from sacbe_signing.checkpoint import Checkpoint, sign, verify
from sacbe_signing.key_device import Device, DeviceKeys
from sacbe_signing.keys import FolderKeyRing
from sacbe_signing.xades_verification import verify as verify_message
from sacbe_terms.errors import KeyDeviceNotUsable, KeyNotUsable
from sacbe_terms.identifiers import MemberId
from tests.signing.soft_device import IS_MISSING, PASSPHRASE, PIN, SoftDevice, soft_device
from tests.signing.test_xades import FILES, NOW

pytestmark = pytest.mark.skipif(IS_MISSING, reason="needs softhsm2")

MINISTRY, OTHER = MemberId("GT", "GOV", "1001"), MemberId("GT", "GOV", "2001")


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftDevice]:
    """A device that holds the keys of the node and of a ministry."""
    with soft_device(tmp_path, monkeypatch) as made:
        issued = DevelopmentAuthority(tmp_path / "keys", PASSPHRASE)
        for member in (MINISTRY, OTHER):
            issued.signer_for(member)
        made.move_in(member_file(tmp_path), member_file(tmp_path, OTHER), keys.node_file(tmp_path / "keys"))
        yield made


def member_file(tmp_path: Path, member: MemberId = MINISTRY) -> Path:
    """Say where a ministry's certificate lies."""
    return keys.member_file(tmp_path / "keys", member)


def ring(tmp_path: Path, given: Device) -> FolderKeyRing:
    """Give the key ring of a node with this device."""
    return FolderKeyRing(tmp_path / "keys", DeviceKeys(given))


def test_a_device_signs_as_a_file_does(tmp_path: Path, device: SoftDevice) -> None:
    """Messages and checkpoints hold for whoever verifies, who cannot tell where the key lay."""
    held = ring(tmp_path, device.device())
    assert b"PRIVATE KEY" not in member_file(tmp_path).read_bytes()
    signature = xades.sign(FILES, held.signer_for(MINISTRY), NOW)
    verify_message(signature, FILES, held.trust(), NOW)
    stated = Checkpoint(origin="sacbe/log", size=3, root=b"r" * 32, at=datetime(2026, 1, 1, tzinfo=UTC))
    assert verify(sign(stated, held.node()), held.trust()) == stated


def refusal(tmp_path: Path, given: Device) -> KeyDeviceNotUsable:
    """Ask for the ministry's signer, and give why there is none; the PIN stands nowhere in it."""
    with pytest.raises(KeyDeviceNotUsable, match="SACBE-509") as refused:
        ring(tmp_path, given).signer_for(MINISTRY)
    told = "".join(traceback.format_exception(refused.value)) + refused.value.hint + repr(given)
    assert given.pin not in told
    return refused.value


def test_a_wrong_pin_is_tried_once(tmp_path: Path, device: SoftDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said, and never tried again, since a real device would lock itself."""
    tries, opened = [], DeviceKeys._opened

    def counted(self: DeviceKeys) -> pkcs11.Session:
        tries.append(self)
        return opened(self)

    monkeypatch.setattr(DeviceKeys, "_opened", counted)
    monkeypatch.setattr(key_device, "REOPENED_AFTER_SECONDS", 0.0)
    held = ring(tmp_path, device.device(pin="135791"))
    for _ in range(3):
        with pytest.raises(KeyDeviceNotUsable, match="the PIN is refused"):
            held.signer_for(MINISTRY)
    assert len(tries) == 1
    assert "PIN is refused" in refusal(tmp_path, device.device(pin="135791")).what


def test_what_is_missing_is_named(tmp_path: Path, device: SoftDevice) -> None:
    """No library, no such token, two tokens of one label."""
    assert "device does not answer" in refusal(tmp_path, device.device(module=tmp_path / "none.so")).what
    assert "no token of this label" in refusal(tmp_path, device.device(token="otra")).what
    device.make_token()
    device.restart()
    assert "several tokens" in refusal(tmp_path, device.device()).what


def test_a_key_is_named_that_cannot_sign_for_its_certificate(tmp_path: Path, device: SoftDevice) -> None:
    """No key of the name, two of them, one of another kind, one that belongs to another certificate."""
    folder, given = tmp_path / "keys", device.device()
    names = [MemberId("GT", "GOV", code) for code in ("missing", "twice", "rsa", "other", "wide")]
    for name in names:
        keys.member_file(folder, name).write_bytes(member_file(tmp_path).read_bytes())
    for _ in range(2):
        device.put(ec.generate_private_key(ec.SECP256R1()), str(names[1]))
    device.put(rsa.generate_private_key(65537, 2048), str(names[2]))
    device.put(ec.generate_private_key(ec.SECP256R1()), str(names[3]))
    device.put(ec.generate_private_key(ec.SECP384R1()), str(names[4]))
    held, said = ring(tmp_path, given), []
    for name in names:
        with pytest.raises(KeyDeviceNotUsable) as refused:
            held.signer_for(name)
        said.append(refused.value.what.rpartition(": ")[2])
    assert said == [
        "the token has no private key of this label.",
        "the token has several private keys of this label.",
        "it is not an elliptic-curve key.",
        "the certificate in the key folder is of another key.",
        "the certificate in the key folder is of another key.",
    ]
    assert len(held.signer_for(MINISTRY).sign(b"still signs")) == 64


def test_a_certificate_that_is_missing_is_named(tmp_path: Path, device: SoftDevice) -> None:
    """The device has the key alone; the certificate lies in the folder."""
    member_file(tmp_path).unlink()
    with pytest.raises(KeyNotUsable, match=r"SACBE-505.*no file with its certificate"):
        ring(tmp_path, device.device()).signer_for(MINISTRY)


def test_a_token_that_is_taken_out_and_put_back(
    tmp_path: Path, device: SoftDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is gone each signature is refused; when it is back the same signer signs on, without a restart."""
    signer = ring(tmp_path, device.device()).signer_for(MINISTRY)
    device.take_out()
    for _ in range(2):
        with pytest.raises(KeyDeviceNotUsable, match="SACBE-509") as refused:
            signer.sign(b"data")
        assert PIN not in str(refused.value)
    device.put_back()
    with pytest.raises(KeyDeviceNotUsable):
        signer.sign(b"the device is let be for a moment")
    monkeypatch.setattr(time, "monotonic", lambda: float("inf"))
    assert len(signer.sign(b"data")) == 64


def test_a_session_that_ends_is_opened_anew(tmp_path: Path, device: SoftDevice) -> None:
    """A device that restarted costs no call anything but a moment."""
    signer = ring(tmp_path, device.device()).signer_for(MINISTRY)
    device.restart()
    assert len(signer.sign(b"data")) == 64


def test_threads_share_a_device(tmp_path: Path, device: SoftDevice) -> None:
    """All of a process's signatures hold, whichever thread asks for whose."""
    held = ring(tmp_path, device.device())
    signers = [held.signer_for(MINISTRY), held.signer_for(OTHER)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda number: xades.sign(FILES, signers[number % 2], NOW), range(40)))
    for signature in made:
        verify_message(signature, FILES, held.trust(), NOW)


def test_a_second_holder_takes_the_device_over(tmp_path: Path, device: SoftDevice) -> None:
    """As when a house is closed and opened again in one process."""
    for _ in range(2):
        assert len(ring(tmp_path, device.device()).signer_for(MINISTRY).sign(b"data")) == 64
