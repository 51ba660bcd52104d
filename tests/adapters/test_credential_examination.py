"""What a steward gives is looked at while she is there."""

import pytest

from sacbe_adapters.credentials.examination import refuse_together, refuse_unusable
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
from sacbe_terms.errors import AddressRefused, CredentialNotUsable
from tests.adapters.certificates import pair

SECRET = "hunter2\r\nX: y"


def usable() -> list[AnyCredential]:
    """Give one of each kind that holds together."""
    ours, theirs = pair("ours", "rsa"), pair("theirs")
    both = {"certificate": ours.certificate, "private_key": ours.private_key}
    return [
        Basic(user="u", password="a:b ñ"),
        Digest(user="a:b", password=""),
        Bearer(token="a.b-c"),
        OAuthClient(token_address="https://tokens.example/token", client_id="a", client_secret="b"),
        ApiKey(place="header", name="X-Key", value="a b"),
        ApiKey(place="query", name="clave única", value="ñ&"),
        ApiKey(place="cookie", name="session", value="abc="),
        ClientCertificate(**both),
        UsernameToken(user="u", password="p"),
        MessageSignature(**both),
        MessageSignature(**both, peer_certificate=theirs.certificate),
    ]


def test_what_holds_together_is_taken() -> None:
    """Each kind, for a SOAP system."""
    for credential in usable():
        refuse_unusable(credential, name="a-1", system="soap")


@pytest.mark.parametrize(
    "credential",
    [
        Basic(user="u:v", password="p"),
        Basic(user="", password="p"),
        Basic(user="u", password=SECRET),
        Digest(user=SECRET, password="p"),
        Bearer(token=SECRET),
        Bearer(token=""),
        Bearer(token="a" * 20_000),
        OAuthClient(token_address="https://tokens.example", client_id="", client_secret=SECRET),
        ApiKey(place="body", name="a", value=SECRET),
        ApiKey(place="header", name="a", value=SECRET),
        ApiKey(place="header", name="a b", value="c"),
        ApiKey(place="header", name="", value="c"),
        ApiKey(place="header", name="Host", value="c"),
        ApiKey(place="header", name="Content-Length", value="1"),
        ApiKey(place="cookie", name="a", value="b; c=d"),
        ApiKey(place="query", name="a", value=""),
        ClientCertificate(certificate=SECRET, private_key=SECRET),
        Locked(),
    ],
    ids=lambda one: one.kind,
)
def test_what_does_not_is_refused_without_a_word_of_it(credential: AnyCredential) -> None:
    """The reason is told, and no value that was given."""
    with pytest.raises(CredentialNotUsable) as caught:
        refuse_unusable(credential, name="mine", system="soap")
    assert "hunter2" not in f"{caught.value} {caught.value.hint} {caught.value.__cause__}"


def test_keys_and_certificates_belong_together() -> None:
    """A key of another certificate, a key with a passphrase, a broken certificate of the other side."""
    one, two = pair("one"), pair("two")
    with pytest.raises(CredentialNotUsable, match="belong together"):
        refuse_unusable(
            ClientCertificate(certificate=one.certificate, private_key=two.private_key), name="a", system="rest"
        )
    ours = MessageSignature(certificate=one.certificate, private_key=one.private_key, peer_certificate="x")
    with pytest.raises(CredentialNotUsable, match="certificate cannot be read"):
        refuse_unusable(ours, name="a", system="soap")


def test_ws_security_is_for_soap() -> None:
    """A REST system cannot read a SOAP header."""
    for credential in usable()[-3:]:
        with pytest.raises(CredentialNotUsable, match="SOAP"):
            refuse_unusable(credential, name="a", system="rest")


@pytest.mark.parametrize("address", ["ftp://tokens.example", "https://user@tokens.example", "https://0x7f.1/"])
def test_an_address_of_tokens_is_one(address: str) -> None:
    """It is taken apart by the same strict reading as every address."""
    with pytest.raises(AddressRefused):
        refuse_unusable(OAuthClient(token_address=address, client_id="a", client_secret="b"), name="a", system="rest")


@pytest.mark.parametrize("name", ["", "a b", "-a", "a/b", "a" * 65, "ñ"])
def test_a_name_is_one_word(name: str) -> None:
    """Letters, digits, dots, dashes: a security scheme's name of OpenAPI fits."""
    with pytest.raises(CredentialNotUsable, match="one word"):
        refuse_unusable(Bearer(token="a"), name=name, system="rest")


def test_two_never_write_the_same_place() -> None:
    """One Authorization header, one key of each name, one of each other kind; else they go together."""
    basic, bearer = Basic(user="u", password="p"), Bearer(token="t")
    key, same = ApiKey(place="header", name="X-A", value="1"), ApiKey(place="header", name="x-a", value="2")
    header = ApiKey(place="header", name="authorization", value="t")
    for first, second in ((basic, bearer), (key, same), (header, basic)):
        with pytest.raises(CredentialNotUsable, match="same place"):
            refuse_together({"a": first, "b": second})
    query = ApiKey(place="query", name="X-A", value="1")
    refuse_together({"a": basic, "b": key, "c": query, "d": UsernameToken(user="u", password="p"), "e": Locked()})
