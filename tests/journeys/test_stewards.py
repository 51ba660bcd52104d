"""A steward's path over the network: she comes with her key, registers a system, approves a request, and is out.

Two commands of the operator stand in it, the invitation and the revocation; all else goes over GraphQL.
"""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sacbe_xroad_like.oauth import client_assertion
from tests.journeys.node import Node, running
from tests.journeys.test_registration import DOCUMENT, PERSON, QUERY, asked, registry
from tests.signing.signed import by_ec
from tests.xroad_like.assertions import assertion, proof

MEMBER = "GT/GOV/3001"
PROVIDER = f"{MEMBER}/museo"
SERVICE = f"{PROVIDER}/personas"
CONSUMER = "GT/GOV/1001/ventanilla"
HER = "curadora@museo.example"
REVOKED_SECONDS_MAX = 60.0
"""The promise of the design."""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One running node for the whole path."""
    with running(tmp_path_factory.mktemp("node") / "home") as started:
        yield started


class Steward:
    """A person with a key of her own, and what she has of the node."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.token = ""

    @property
    def public_key(self) -> str:
        """Give her public key (PEM)."""
        pem = self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return pem.decode()

    def sign_in(self) -> httpx.Response:
        """Ask for a token with what her key signs."""
        address = f"{self.node.demo['portal_url']}/oauth/token"
        signed = assertion(sign=by_ec(self.key), iss=HER, sub=HER, aud=address)
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": client_assertion.TYPE,
            "client_assertion": signed,
        }
        answer = httpx.post(address, data=form, headers={"dpop": proof(key=self.key, htu=address)})
        self.token = answer.json().get("access_token", "")
        return answer

    def asks(self, query: str, **variables: Any) -> Any:
        """Send a query with her token, and a proof that it is hers."""
        address = self.node.demo["graphql_url"]
        shown = {
            "authorization": f"DPoP {self.token}",
            "dpop": proof(key=self.key, token=self.token, htu=address),
        }
        body = {"query": query, "variables": variables}
        return httpx.post(address, json=body, headers=shown, timeout=60).json()

    def does(self, field: str, kind: str, selection: str, **given: Any) -> Any:
        """Send one mutation and give what came of it; it must be done."""
        query = f"mutation($input: {kind}!) {{ {field}(input: $input) {{ {selection} }} }}"
        answer = self.asks(query, input=given)
        assert "errors" not in answer, answer
        return answer["data"][field]


def test_from_invitation_to_call_and_out(node: Node) -> None:
    """Invited, accepted, registered, published, asked for, approved, called; then revoked by another process."""
    her = Steward(node)
    invites(node)
    written = node.sacbe("user", "invite", HER, "--role", "steward", "--institution", MEMBER, "--json")
    accepts(node, her, msgspec.json.decode(written.stdout)["invitation"])
    with registry() as endpoint:
        publishes(her, endpoint)
        number = asks_for_access(node)
        assert "errors" in node.ask(QUERY, token=node.demo["token"])
        waiting = her.asks("{ accessRequests(waiting: true) { nodes { number consumer purpose } } }")
        assert waiting["data"]["accessRequests"]["nodes"] == [
            {"number": number, "consumer": CONSUMER, "purpose": "Guía de visitas"}
        ]
        approved = her.does("approveAccess", "NumberInput", "agreement { state decidedBy }", number=number)
        assert approved["agreement"] == {"state": "IN_FORCE", "decidedBy": HER}
        assert asked(node, QUERY, until="Ixchel")["data"]["exchange"]["museo"]["persona"] == PERSON
    has_left_a_trail(her)
    is_out(node, her)


def invites(node: Node) -> None:
    """The demonstration's authority adds the member, and may do no more for it than that."""
    token = node.demo["authority"]
    added = node.ask(
        f'mutation {{ addMember(input: {{identifier: "{MEMBER}", title: "Museo"}}) {{ outcome }} }}', token=token
    )
    assert added["data"]["addMember"] == {"outcome": "DONE"}


def accepts(node: Node, her: Steward, invitation: str) -> None:
    """She comes without a token, with her key; the invitation is then used up."""
    query = "mutation($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { user { email } } }"
    given = {"input": {"invitation": invitation, "key": her.public_key}}
    assert node.ask(query, given)["data"]["acceptInvitation"]["user"] == {"email": HER}
    assert node.ask(query, given)["errors"][0]["extensions"]["code"] == "SACBE-313"
    assert her.sign_in().status_code == 200
    me = her.asks("{ me { email roles { role institution } } }")["data"]["me"]
    assert me == {"email": HER, "roles": [{"role": "STEWARD", "institution": MEMBER}]}


def publishes(her: Steward, endpoint: str) -> None:
    """The document goes with the mutation; a personal operation is marked before it is published."""
    subsystem = {"identifier": PROVIDER, "title": "Museo", "alias": "museo"}
    her.does("addSubsystem", "AddSubsystemInput", "outcome", **subsystem)
    registered = her.does(
        "registerDataService",
        "RegisterDataServiceInput",
        "version proposals { operation places }",
        provider=PROVIDER,
        name="personas",
        document=DOCUMENT.read_text(encoding="utf-8"),
        endpoint=endpoint,
    )
    assert "arguments/cui" in registered["proposals"][0]["places"]
    her.does(
        "markOperation",
        "MarkOperationInput",
        "version",
        identifier=SERVICE,
        operation="consultarPersona",
        alias="persona",
        personNumbers=["arguments/cui", "result/cui"],
    )
    assert her.does("checkDataService", "DataServiceInput", "isHealthy", identifier=SERVICE)["isHealthy"]
    published = her.does("publishDataService", "PublishDataServiceInput", "operations { alias }", identifier=SERVICE)
    assert {"alias": "persona"} in published["operations"]
    services = her.asks("{ ownDataServices { nodes { identifier state hasDraft } } }")
    assert services["data"]["ownDataServices"]["nodes"] == [
        {"identifier": SERVICE, "state": "PUBLISHED", "hasDraft": False}
    ]


def asks_for_access(node: Node) -> str:
    """The consumer's own client asks, and asking twice is asking once."""
    query = "mutation($input: AccessInput!) { requestAccess(input: $input) { outcome agreement { number state } } }"
    given = {"input": {"consumer": CONSUMER, "service": SERVICE, "purpose": "Guía de visitas"}}
    first, second = [node.ask(query, given, token=node.demo["token"])["data"]["requestAccess"] for _ in range(2)]
    assert (first["outcome"], first["agreement"]["state"]) == ("DONE", "WAITING")
    assert second == {"outcome": "STANDS", "agreement": first["agreement"]}
    return str(first["agreement"]["number"])


def has_left_a_trail(her: Steward) -> None:
    """Everything that was done of her member stands in the trail, with who did it."""
    acts = her.asks("{ administrativeActs(first: 50) { nodes { actor act outcome } } }")
    nodes = acts["data"]["administrativeActs"]["nodes"]
    done = {(each["actor"], each["act"]) for each in nodes if each["outcome"] == "DONE"}
    assert {
        ("autoridad@gobernacion.example", "addMember"),
        ("operator", "inviteUser"),
        (HER, "acceptInvitation"),
        (HER, "registerDataService"),
        (HER, "publishDataService"),
        (CONSUMER, "requestAccess"),
        (HER, "approveAccess"),
    } <= done


def is_out(node: Node, her: Steward) -> None:
    """Revoked by a command, her token is refused by the serving processes, and her key opens nothing."""
    assert node.sacbe("user", "revoke", HER).returncode == 0
    end = time.monotonic() + REVOKED_SECONDS_MAX
    while "data" in (answer := her.asks("{ me { email } }")):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert answer["errors"][0]["extensions"]["code"] == "SACBE-302"
    assert her.sign_in().json()["error"] == "invalid_client"


def test_the_demonstrations_stewards(node: Node) -> None:
    """`sacbe up` gives a steward's token for each provider; it decides there and nowhere else."""
    stewards = node.demo["stewards"]
    assert set(stewards) == {"renap", "sat", "transito", "ventanilla"}
    for alias in ("renap", "sat", "transito"):
        answer = node.ask("{ me { email } ownDataServices { totalCount } }", token=stewards[alias])
        assert answer["data"]["me"]["email"].endswith(".example")
        assert answer["data"]["ownDataServices"]["totalCount"] == 1
    other = 'mutation { suspendDataService(input: {identifier: "GT/GOV/2001/registro-civil/personas"}) { outcome } }'
    refused = node.ask(other, token=stewards["sat"])["errors"][0]
    assert refused["extensions"]["code"] == "SACBE-305"
    assert "steward of GT/GOV/2001" in refused["message"]


def test_people_by_command(node: Node) -> None:
    """Invited, listed and revoked on the machine itself; a wrong address is refused in plain words."""
    as_auditor = ("--role", "auditor", "--institution", "GT/GOV/2001")
    invited = node.sacbe("user", "invite", "nueva@registro-civil.example", *as_auditor)
    assert invited.returncode == 0
    assert "nueva@registro-civil.example:" in invited.stdout
    listed = msgspec.json.decode(node.sacbe("user", "list", "--json").stdout)
    assert [each["email"] for each in listed["invitations"]] == ["nueva@registro-civil.example"]
    assert len(listed["users"]) >= 5
    assert node.sacbe("user", "revoke", "nueva@registro-civil.example").returncode == 0
    wrong = node.sacbe("user", "invite", "nadie", *as_auditor)
    assert wrong.returncode == 1
    assert "SACBE-315" in wrong.stderr
