"""Credentials as values: nothing that prints them shows a secret."""

import pprint

import msgspec
import pytest
from rich.pretty import pretty_repr

from sacbe_terms.credentials import (
    AnyCredential,
    ApiKey,
    Basic,
    Bearer,
    ClientCertificate,
    Digest,
    Locked,
    MessageSignature,
    OAuthClient,
    UsernameToken,
)
from sacbe_terms.exchange import Endpoint

SECRET = "hunter2"
EVERY = (
    Basic(user=SECRET, password=SECRET),
    Digest(user=SECRET, password=SECRET),
    Bearer(token=SECRET),
    OAuthClient(token_address=SECRET, client_id=SECRET, client_secret=SECRET),
    ApiKey(place="header", name=SECRET, value=SECRET),
    ClientCertificate(certificate=SECRET, private_key=SECRET),
    UsernameToken(user=SECRET, password=SECRET),
    MessageSignature(certificate=SECRET, private_key=SECRET),
    Locked(),
)


@pytest.mark.parametrize("credential", EVERY, ids=lambda one: type(one).__name__)
def test_nothing_that_prints_shows_a_secret(credential: AnyCredential) -> None:
    """Not repr, str, format, pprint or rich, alone or inside an endpoint; the kind is named."""
    endpoint = Endpoint(address="https://ministry.example", credentials=(credential,))
    for value in (credential, endpoint, [credential]):
        for printed in (repr(value), str(value), f"{value}", pprint.pformat(value), pretty_repr(value)):
            assert SECRET not in printed
            assert type(credential).__name__ in printed


@pytest.mark.parametrize("credential", EVERY, ids=lambda one: type(one).__name__)
def test_a_credential_survives_its_stored_form(credential: AnyCredential) -> None:
    """The tag tells the kind, and equal values are one key."""
    read = msgspec.json.decode(msgspec.json.encode(credential), type=AnyCredential)
    assert read == credential
    assert hash(read) == hash(credential)


@pytest.mark.parametrize(
    "stored", ['{"kind":"basic","user":"hunter2","password":1}', '{"kind":"bearer","token":"hunter2', "hunter2"]
)
def test_a_broken_stored_form_is_told_without_it(stored: str) -> None:
    """The decoder's own words hold the place and the type, no value."""
    with pytest.raises(msgspec.DecodeError) as caught:
        msgspec.json.decode(stored, type=AnyCredential)
    assert SECRET not in str(caught.value)
