"""Settings come from variables, files and `.env`; what cannot be used is named at once."""

from pathlib import Path

import pytest

from sacbe import door_choices
from sacbe.settings import Settings, listed, responders, unsafe, variable
from sacbe_terms.errors import SettingUnsafe

SAFE = {
    "SACBE_DATABASE_URL": "postgresql+asyncpg://sacbe:secret@db/sacbe",
    "SACBE_KEY_PASSWORD": "a password of some length",
    "SACBE_SECRETS_KEY": "a secret of thirty-two characters",
    "SACBE_BASE_IRI": "https://datos.gob.example/id/",
}


def read(environment: dict[str, str], folder: Path) -> Settings:
    """Read settings from these variables and the folder's `.env` alone."""
    return Settings.read(environment, folder=folder)


def test_defaults_need_no_variable(tmp_path: Path) -> None:
    """A newcomer sets nothing."""
    settings = read({}, tmp_path)
    assert (settings.public_port, settings.instance, settings.allowed_networks) == (8080, "GT", ())


def test_a_variable_goes_before_the_file(tmp_path: Path) -> None:
    """`.env` gives defaults of a folder; the environment has the last word."""
    (tmp_path / ".env").write_text("# ports\nSACBE_PUBLIC_PORT='8000'\nSACBE_MEMBERS_PORT=8001\nOTHER=1\n")
    settings = read({"SACBE_PUBLIC_PORT": "9000"}, tmp_path)
    assert (settings.public_port, settings.members_port) == (9000, 8001)


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    """Container secrets are files; their last line break is not part of them."""
    (tmp_path / "password").write_text("from a file\n")
    settings = read({"SACBE_KEY_PASSWORD_FILE": str(tmp_path / "password")}, tmp_path)
    assert settings.key_password == "from a file"


def test_several_secrets_are_a_list(tmp_path: Path) -> None:
    """A secret is replaced by putting the new one before it, with a comma or on a line of its own."""
    (tmp_path / "secrets").write_text("new\nold\n")
    assert read({"SACBE_SECRETS_KEY_FILE": str(tmp_path / "secrets")}, tmp_path).secrets_key == ("new", "old")
    assert read({"SACBE_SECRETS_KEY": "new, old"}, tmp_path).secrets_key == ("new", "old")


def test_addresses_are_a_list(tmp_path: Path) -> None:
    """Each is an origin; a slash at its end does not count."""
    given = read({"SACBE_ADDRESSES": "https://sacbe.example/, https://sacbe.example:8443"}, tmp_path)
    assert given.addresses == ("https://sacbe.example", "https://sacbe.example:8443")


def test_responders_are_named_by_authority(tmp_path: Path) -> None:
    """One without a name is for all others; an address may hold a sign of equality itself."""
    given = read({"SACBE_OCSP_ADDRESSES": "https://a.example/?x=1, national=http://10.1.2.3/ocsp,old=none"}, tmp_path)
    assert responders(given) == {"": "https://a.example/?x=1", "national": "http://10.1.2.3/ocsp", "old": "none"}


@pytest.mark.parametrize("wrong", ["national", "national=ftp://a.example/", "https:///", "national=https://"])
def test_what_is_no_responder_is_named(tmp_path: Path, wrong: str) -> None:
    """An address is http or https, or `none`."""
    with pytest.raises(SettingUnsafe) as refused:
        read({"SACBE_OCSP_ADDRESSES": wrong}, tmp_path)
    assert [problem.where for problem in refused.value.problems] == ["SACBE_OCSP_ADDRESSES"]


def test_a_device_needs_a_token_and_a_pin_and_no_password(tmp_path: Path) -> None:
    """What is missing is named; the PIN may lie in a file and is shown to nobody."""
    (tmp_path / "pin").write_text("927461\n")
    device = {**SAFE, "SACBE_KEY_PASSWORD": "", "SACBE_PKCS11_MODULE": "/usr/lib/softhsm/libsofthsm2.so"}
    missing = unsafe(read(device, tmp_path))
    assert [problem.where for problem in missing] == ["SACBE_PKCS11_TOKEN", "SACBE_PKCS11_PIN"]
    whole = {**device, "SACBE_PKCS11_TOKEN": "sacbe", "SACBE_PKCS11_PIN_FILE": str(tmp_path / "pin")}
    settings = read(whole, tmp_path)
    assert unsafe(settings) == ()
    assert settings.pkcs11_pin == "927461"
    assert not any("927461" in line.value for line in listed(settings))


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, set()),
        ({"SACBE_SMTP_FROM": "avisos@datos.gob.gt", "SACBE_ADDRESSES": "https://datos.gob.gt"}, set()),
        ({"SACBE_SMTP_HOST": "mail"}, {"SACBE_SMTP_FROM", "SACBE_ADDRESSES"}),
        ({"SACBE_SMTP_PASSWORD": "secret", "SACBE_SMTP_SECURITY": "none"}, {"SACBE_SMTP_SECURITY"}),
    ],
    ids=["no mail", "in order", "whose", "readable"],
)
def test_a_mail_server_is_set_whole(tmp_path: Path, given: dict[str, str], named: set[str]) -> None:
    """Production refuses letters from nowhere, links to nowhere, and a password that anybody on the way can read."""
    settings = read({**SAFE, **given}, tmp_path)
    assert {problem.where for problem in unsafe(settings)} == named
    assert not any("secret" in line.value for line in listed(settings) if "SMTP" in line.variable)


@pytest.mark.parametrize("address", ["avisos", "@", "a@b@c.example", "a@b.example\nBcc: c@d.example", "a@ñ.example"])
def test_notices_come_from_a_plain_address(tmp_path: Path, address: str) -> None:
    """Anything else is refused at the start, and not in every letter."""
    with pytest.raises(SettingUnsafe):
        read({"SACBE_SMTP_FROM": address}, tmp_path)


def test_every_malformed_setting_is_named_at_once(tmp_path: Path) -> None:
    """Nobody mends a configuration one error at a time."""
    wrong = {
        "SACBE_PUBLIC_PORT": "eighty",
        "SACBE_MEMBERS_PORT": "70000",
        "SACBE_PROCESSES": "0",
        "SACBE_BASE_IRI": "id/",
        "SACBE_ALLOWED_NETWORKS": "10.0.0.0/33",
        "SACBE_LOG_LEVEL": "loud",
        "SACBE_ADDRESSES": "https://sacbe.example/graphql",
        "SACBE_DATABASE_URL_FILE": str(tmp_path / "missing"),
    }
    with pytest.raises(SettingUnsafe) as refused:
        read(wrong, tmp_path)
    assert {problem.where for problem in refused.value.problems} == {name.removesuffix("_FILE") for name in wrong}


def test_secrets_are_never_listed(tmp_path: Path) -> None:
    """`sacbe settings` shows that a secret is set, and not what it is."""
    shown = {line.variable: line.value for line in listed(read(SAFE, tmp_path))}
    assert shown["SACBE_DATABASE_URL"] == shown["SACBE_KEY_PASSWORD"] == "(set)"
    assert shown["SACBE_SECRETS_KEY"] == "(set)"
    assert shown["SACBE_BASE_IRI"] == SAFE["SACBE_BASE_IRI"]


def test_what_is_safe_may_go_into_production(tmp_path: Path) -> None:
    """A database, a password and an address of one's own are enough."""
    assert unsafe(read(SAFE, tmp_path)) == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SACBE_DATABASE_URL", ""),
        ("SACBE_KEY_PASSWORD", "short"),
        ("SACBE_SECRETS_KEY", ""),
        ("SACBE_SECRETS_KEY", "a secret of thirty-two characters,short"),
        ("SACBE_BASE_IRI", "https://sacbe.example/id/"),
        ("SACBE_ALLOWED_NETWORKS", "0.0.0.0/0"),
    ],
)
def test_what_is_unsafe_is_named(tmp_path: Path, name: str, value: str) -> None:
    """Production is refused with the setting's name."""
    assert [problem.where for problem in unsafe(read({**SAFE, name: value}, tmp_path))] == [name]


def test_every_setting_has_a_meaning() -> None:
    """A setting that nobody can explain should not exist."""
    assert all(
        len(line.about) > 10 and line.variable == variable(line.variable[6:].lower()) for line in listed(Settings())
    )


def test_rates_are_set_by_the_operator(tmp_path: Path) -> None:
    """Clients and addresses have a rate and a burst of their own; 0 takes the limit away, nonsense is refused."""
    usual = door_choices.chosen(read({}, tmp_path)).rates
    assert usual.known
    assert usual.anonymous
    assert (usual.known.per_second, usual.known.burst) == (500, 5_000)
    assert (usual.anonymous.per_second, usual.anonymous.burst) == (50, 1_000)
    chosen = {"SACBE_GRAPHQL_RATE_CLIENTS": "0", "SACBE_GRAPHQL_RATE_ANONYMOUS": "3"}
    given = door_choices.chosen(read({**chosen, "SACBE_GRAPHQL_RATE_ANONYMOUS_BURST": "0"}, tmp_path)).rates
    assert given.known is None
    assert given.anonymous
    assert (given.anonymous.per_second, given.anonymous.burst) == (3, 1)
    with pytest.raises(SettingUnsafe):
        read({"SACBE_GRAPHQL_RATE_CLIENTS": "-1"}, tmp_path)


def test_trusted_documents_are_named_by_the_operator(tmp_path: Path) -> None:
    """A file that is not there ends the start, and so does, in production, running trusted documents without any."""
    with pytest.raises(SettingUnsafe):
        door_choices.chosen(read({"SACBE_GRAPHQL_TRUSTED_DOCUMENTS": str(tmp_path / "none.json")}, tmp_path))
    chosen = read({**SAFE, "SACBE_GRAPHQL_DOCUMENTS": "trusted"}, tmp_path)
    assert [problem.where for problem in unsafe(chosen)] == ["SACBE_GRAPHQL_DOCUMENTS"]
