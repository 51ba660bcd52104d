"""Whom a node believes and asks: its key folder, and what the operator sets."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from sacbe.house import key_ring, status_policy
from sacbe.settings import Settings
from sacbe_signing import keys
from sacbe_signing.authority import DevelopmentAuthority
from sacbe_terms.errors import KeyNotUsable, SettingUnsafe
from tests.signing.ocsp.answers import issued

PASSPHRASE = "a password of some length"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A node's, which believes the authority in its folder, and two in one file elsewhere."""
    DevelopmentAuthority(tmp_path / "keys", PASSPHRASE.encode())
    bundle = tmp_path / "nacional.pem"
    bundle.write_bytes(b"".join(issued(name).certificate.public_bytes(Encoding.PEM) for name in ("one", "two")))
    return Settings(home=tmp_path, key_password=PASSPHRASE, authorities=(bundle,))


def test_authorities_are_called_by_their_files(settings: Settings) -> None:
    """Those in the folder and those that are named, every certificate of a file; signatures go by the same."""
    given = replace(settings, ocsp_addresses=("nacional=https://a.example", "https://b.example"), ocsp_seconds_max=60)
    policy = status_policy(given, is_development=False)
    assert [each.name for each in policy.authorities] == ["development", "nacional", "nacional"]
    assert policy.addresses == {"nacional": "https://a.example", "": "https://b.example"}
    assert policy.answer_age_max == timedelta(minutes=1)
    trusted = key_ring(given, is_development=False).trust().authorities
    assert trusted == tuple(each.certificate for each in policy.authorities)


def test_an_unknown_authority_is_named(settings: Settings) -> None:
    """A misspelt name does not end as an authority that is asked elsewhere."""
    with pytest.raises(SettingUnsafe) as refused:
        status_policy(replace(settings, ocsp_addresses=("nacoinal=none",)), is_development=False)
    assert "no authority nacoinal" in str(refused.value.problems[0])


def test_a_file_that_is_no_certificate_is_named(settings: Settings, tmp_path: Path) -> None:
    """In the folder or elsewhere."""
    (keys.authorities_folder(tmp_path / "keys") / "damaged.pem").write_text("nothing")
    with pytest.raises(KeyNotUsable, match=r"damaged\.pem"):
        status_policy(settings, is_development=False)
