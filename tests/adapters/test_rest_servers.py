"""Servers and security schemes of a document: where each operation is called, and what a steward must give."""

import pytest

from sacbe_adapters.rest.describe import describe
from sacbe_adapters.rest.servers import based
from sacbe_terms.credentials import CredentialNeed
from tests.adapters.openapi_museum import read, uncovered

SERVERS = read("servers-and-security.yaml")
MAIN = "https://central.example.gt:8443/api/v1"


def server(code: str) -> list[str]:
    """Give an operation's own server and the document's."""
    operation = SERVERS.operation(code)
    assert operation is not None
    found = operation.binding.get("server")
    assert isinstance(found, list)
    return found


def test_variables_have_their_defaults() -> None:
    """A variable has its default, else its first value."""
    assert SERVERS.endpoints == (MAIN,)


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        (MAIN, "https://central.example.gt:8443/api/v2"),
        ("http://127.0.0.1:9000/prefijo/api/v1/", "http://127.0.0.1:9000/prefijo/api/v2"),
        ("http://127.0.0.1:9000/", "http://127.0.0.1:9000/api/v2"),
    ],
)
def test_an_operations_own_path_follows_the_endpoint(endpoint: str, address: str) -> None:
    """An operation under another path of the same host is called there, wherever the steward's endpoint is."""
    assert based(endpoint, server("a2")) == address


def test_another_host_needs_its_own_endpoint() -> None:
    """An operation at another host is never called with the credentials of this one."""
    with pytest.raises(LookupError):
        based(MAIN, server("b"))
    assert based("https://archivos.example.gt/subir", server("b")) == "https://archivos.example.gt/subir"
    assert "another host" in uncovered(SERVERS)["#/paths/~1b/post"]


def test_servers_of_paths_alone() -> None:
    """Where only paths and operations have servers, the first is the document's."""
    document = b"""
openapi: 3.0.0
paths: {/a: {servers: [{url: "https://a.example/x"}], get: {responses: {}}}}
"""
    described = describe(document, "a.yaml")
    assert (described.endpoints, "server" in described.operations[0].binding) == (("https://a.example/x",), False)


def test_credentials_that_are_asked_for() -> None:
    """Each scheme that an operation asks for is a need; one that nobody asks for is none."""
    assert SERVERS.credentials == (
        CredentialNeed(name="clave", kind="api-key", place="header", wire_name="X-Clave", documentation="La clave"),
        CredentialNeed(name="galleta", kind="api-key", place="cookie", wire_name="sesion"),
        CredentialNeed(name="basica", kind="basic"),
        CredentialNeed(name="digerida", kind="digest"),
        CredentialNeed(name="portador", kind="bearer"),
        CredentialNeed(name="certificado", kind="client-certificate"),
        CredentialNeed(name="maquina", kind="oauth-client", token_address="/oauth/token", scope="leer escribir"),
        CredentialNeed(name="persona", kind="bearer"),
        CredentialNeed(name="abierta", kind="bearer"),
    )


def test_credentials_that_are_not_covered() -> None:
    """Flows that ask a person to sign in and schemes that are not sent are told by name."""
    told = {where.rpartition("/")[2]: reason for where, reason in uncovered(SERVERS).items() if "Schemes" in where}
    assert told.keys() == {"persona", "abierta", "rara"}
    assert told["abierta"].startswith("abierta: OpenID Connect is not covered")


def test_credentials_of_openapi_2() -> None:
    """2.0 has one flow per scheme, and relative token addresses are seen from the document."""
    document = b"""
swagger: "2.0"
security: [{a: []}, {b: []}]
securityDefinitions:
  a: {type: basic}
  b: {type: oauth2, flow: application, tokenUrl: /token, scopes: {x: y}}
paths: {/a: {get: {responses: {}}}}
"""
    assert describe(document, "https://a.example/docs/api.yaml").credentials == (
        CredentialNeed(name="a", kind="basic"),
        CredentialNeed(name="b", kind="oauth-client", token_address="https://a.example/token", scope="x"),
    )
