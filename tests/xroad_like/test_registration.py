"""A data service's life: described, drafted, checked, published, compared, suspended."""

from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog.data_services import DataServices
from sacbe_terms.choices import OperationChoice
from sacbe_terms.comparison import Kind
from sacbe_terms.descriptions import Description, Source
from sacbe_terms.errors import (
    AdapterUnknown,
    AddressRefused,
    ChangeBreaksConsumers,
    DataServiceUnknown,
    DescriptionNotReadable,
    IdentifierNotValid,
    LegacySystemUnreachable,
    MarkNotValid,
    MemberUnknown,
    NameClash,
    PersonNumberUnmarked,
    SacbeError,
)
from sacbe_terms.exchange import Endpoint
from sacbe_terms.identifiers import DataServiceId, MemberId, OperationId, SubsystemId
from sacbe_xroad_like import access, members
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.registration import Registration
from tests.xroad_like.town import (
    CONSUMER,
    DOCUMENT,
    PERSON_OPERATIONS,
    PERSONS,
    PROVIDER,
    STRANGER,
    Office,
    add_members,
    authority,
    description,
    operation,
    text,
)

ENDPOINT = "https://renap.example"


@pytest.fixture
async def registration(engine: AsyncEngine, office: Office, tmp_path: Path) -> Registration:
    """Registration with the members there and nothing registered."""
    await add_members(engine)
    return Bus(engine, {"office": office}, authority(tmp_path), tmp_path).registration


async def stored(owner: asyncpg.Connection) -> int:
    """Count what is stored of descriptions."""
    return int(await owner.fetchval("select count(*) from catalog.description"))


async def test_a_life(engine: AsyncEngine, registration: Registration, office: Office) -> None:
    """Registered, published, registered again, compared, published, suspended, published."""
    services = DataServices(engine)
    first = await registration.register(PROVIDER, name="personas", source=DOCUMENT, endpoint=ENDPOINT, kind="office")
    assert (first.identifier, first.version, first.endpoint.address) == (PERSONS, 1, ENDPOINT)
    assert first.changes.operations(Kind.ADDED) == ("consultarPersona", "inscribir", "listarPersonas")
    assert await services.in_force(PERSONS) is None
    await registration.publish(PERSONS)
    office.described = description(
        operation("consultarPersona", text("cui"), text("motivo")), PERSON_OPERATIONS[1], operation("nueva")
    )
    second = await registration.register(PROVIDER, name="personas", source=DOCUMENT, endpoint=ENDPOINT, kind="office")
    assert second.version == 2
    assert await registration.diff(PERSONS) == second.changes
    assert [str(change) for change in second.changes.breaking] == [
        "consultarPersona arguments/motivo: it is new and must be given",
        "inscribir: it is no longer offered",
    ]
    assert second.changes.operations(Kind.ADDED) == ("nueva",)
    in_force = await services.in_force(PERSONS)
    assert in_force is not None
    assert in_force.version == 1, "a draft changes nothing that is in force"
    await registration.publish(PERSONS, accepts_breaking=True)
    assert (await registration.diff(PERSONS)).changes == ()
    await registration.suspend(PERSONS)
    assert await services.in_force(PERSONS) is None
    with pytest.raises(DataServiceUnknown):
        await registration.suspend(PERSONS)
    await registration.publish(PERSONS)
    assert (await services.newest(PERSONS)).version == 2


async def test_a_system_moves_without_its_document(
    engine: AsyncEngine, registration: Registration, office: Office
) -> None:
    """Another address is a new draft with the same description, in force once it is published."""
    await registration.register(PROVIDER, name="personas", source=DOCUMENT, endpoint=ENDPOINT, kind="office")
    await registration.publish(PERSONS)
    office.described = description(operation("otra"))
    assert await registration.adjust(PERSONS, address="https://nueva.example") == 2
    await registration.publish(PERSONS)
    moved = await DataServices(engine).in_force(PERSONS)
    assert moved is not None
    assert moved.endpoint.address == "https://nueva.example"
    assert moved.description == description()


async def test_a_steward_chooses_how_a_system_is_called(
    engine: AsyncEngine, registration: Registration, office: Office
) -> None:
    """Each choice is a new draft, beside the choices made before; nothing is in force until it is published."""
    await registration.register(PROVIDER, name="personas", source=DOCUMENT, endpoint=ENDPOINT, kind="office")
    await registration.publish(PERSONS)
    await registration.adjust(PERSONS, is_lenient=True)
    assert await registration.adjust(PERSONS, call_seconds_max=2.5, reply_bytes_max=1000) == 3
    services = DataServices(engine)
    before = await services.in_force(PERSONS)
    assert before is not None
    assert before.endpoint == Endpoint(address=ENDPOINT)
    await registration.publish(PERSONS)
    after = await services.in_force(PERSONS)
    assert after is not None
    assert after.endpoint == Endpoint(address=ENDPOINT, call_seconds_max=2.5, reply_bytes_max=1000, is_lenient=True)


async def test_a_breaking_change_is_refused_until_it_is_accepted(
    engine: AsyncEngine, registration: Registration, office: Office
) -> None:
    """The refusal names each place and how many consumers hold a right to it now; nothing is put in force."""
    await registration.register(PROVIDER, name="personas", source=DOCUMENT, endpoint=ENDPOINT, kind="office")
    await registration.publish(PERSONS)
    await access.grant(engine, CONSUMER, PERSONS, purpose="x")
    await access.grant(engine, CONSUMER, OperationId(PERSONS, "inscribir"), purpose="y")
    await access.grant(engine, STRANGER, OperationId(PERSONS, "listarPersonas"), purpose="z")
    over = await access.grant(engine, STRANGER, PERSONS, purpose="z")
    await access.revoke(engine, over.id)
    office.described = description(*PERSON_OPERATIONS[:2])
    await registration.register(PROVIDER, name="personas", source=DOCUMENT, kind="office")
    with pytest.raises(ChangeBreaksConsumers, match="1 consumer has rights") as caught:
        await registration.publish(PERSONS)
    assert [problem.where for problem in caught.value.problems] == ["inscribir"]
    services = DataServices(engine)
    in_force = await services.in_force(PERSONS)
    assert in_force is not None
    assert in_force.version == 1
    await registration.publish(PERSONS, accepts_breaking=True)
    in_force = await services.in_force(PERSONS)
    assert in_force is not None
    assert in_force.version == 2


async def test_choices_outlive_a_newer_document(
    engine: AsyncEngine, registration: Registration, office: Office
) -> None:
    """Alias, reads, marks, limits and address stay when the document is registered anew."""
    await registration.register(PROVIDER, name="personas", source=DOCUMENT, endpoint=ENDPOINT, kind="office")
    await registration.adjust(PERSONS, call_seconds_max=2.5, is_lenient=True)
    await registration.mark(PERSONS, {"consultarPersona": OperationChoice(person_numbers=("arguments/cui",))})
    await registration.mark(PERSONS, {"consultarPersona": OperationChoice(alias="persona", is_personal=True)})
    await registration.mark(PERSONS, {"inscribir": OperationChoice(reads=True)})
    office.described = description(title="Otras personas")
    registered = await registration.register(PROVIDER, name="personas", source=DOCUMENT, kind="office")
    assert registered.endpoint == Endpoint(address=ENDPOINT, call_seconds_max=2.5, is_lenient=True)
    await registration.publish(PERSONS)
    found = await DataServices(engine).in_force(PERSONS)
    assert found is not None
    assert found.description.title == "Otras personas"
    first, _, third = found.description.operations
    assert (first.alias, first.is_personal, first.person_numbers) == ("persona", True, ("arguments/cui",))
    assert third.reads
    assert found.as_read == office.described


async def test_what_sounds_personal_is_proposed_and_never_marked(registration: Registration, office: Office) -> None:
    """A proposal stands until the steward has spoken, either way."""
    first = await registration.register(PROVIDER, name="personas", source=DOCUMENT, endpoint=ENDPOINT, kind="office")
    assert first.proposals == {"consultarPersona": ("arguments/cui",)}
    assert not any(operation.is_personal for operation in (await registration.publish(PERSONS)).operations)
    await registration.mark(PERSONS, {"consultarPersona": OperationChoice(is_personal=False)})
    again = await registration.register(PROVIDER, name="personas", source=DOCUMENT, kind="office")
    assert again.proposals == {}


async def test_a_personal_operation_needs_its_mark(registration: Registration, office: Office) -> None:
    """It is not published before a place is marked, nor when a newer document has lost that place."""
    await registration.register(PROVIDER, name="personas", source=DOCUMENT, endpoint=ENDPOINT, kind="office")
    await registration.mark(PERSONS, {"consultarPersona": OperationChoice(is_personal=True)})
    with pytest.raises(PersonNumberUnmarked) as caught:
        await registration.publish(PERSONS)
    assert f"sacbe adapter mark {PERSONS} consultarPersona --person" in caught.value.hint
    assert "arguments/cui" in caught.value.problems[0].hint
    await registration.mark(PERSONS, {"consultarPersona": OperationChoice(person_numbers=("arguments/cui",))})
    await registration.publish(PERSONS)
    office.described = description(operation("consultarPersona", text("dpi")))
    await registration.register(PROVIDER, name="personas", source=DOCUMENT, kind="office")
    with pytest.raises(PersonNumberUnmarked):
        await registration.publish(PERSONS, accepts_breaking=True)


async def test_a_mark_that_does_not_fit_is_not_stored(
    registration: Registration, office: Office, owner: asyncpg.Connection
) -> None:
    """An unknown operation, a place that is not there, an odd alias, a contradiction: an error, and no draft."""
    await registration.register(PROVIDER, name="personas", source=DOCUMENT, endpoint=ENDPOINT, kind="office")
    with pytest.raises(DataServiceUnknown, match="nada"):
        await registration.mark(PERSONS, {"nada": OperationChoice(alias="x")})
    for choice in (
        OperationChoice(person_numbers=("arguments/cuy",)),
        OperationChoice(alias="Con Espacios"),
        OperationChoice(is_personal=False, person_numbers=("arguments/cui",)),
    ):
        with pytest.raises(MarkNotValid) as caught:
            await registration.mark(PERSONS, {"consultarPersona": choice})
        assert "arguments/cui, result/nombres" in caught.value.hint
    assert await stored(owner) == 1


async def test_drift_is_told_and_nothing_is_stored(
    registration: Registration, office: Office, owner: asyncpg.Connection
) -> None:
    """A document whose digest is another is named, with what registering it anew would change."""
    here = Source(location=DOCUMENT, sha256="00" * 32)
    office.described = msgspec.structs.replace(description(), sources=(here,))
    await registration.register(PROVIDER, name="personas", source=DOCUMENT, endpoint=ENDPOINT, kind="office")
    assert not (await registration.drift(PERSONS)).is_there
    other = Source(location=DOCUMENT, sha256="11" * 32)
    office.described = msgspec.structs.replace(description(*PERSON_OPERATIONS[:2]), sources=(other,))
    found = await registration.drift(PERSONS)
    assert found.documents == (DOCUMENT,)
    assert [change.operation for change in found.changes.breaking] == ["inscribir"]
    assert await stored(owner) == 1


async def test_a_document_that_is_gone_is_told(registration: Registration, office: Office, tmp_path: Path) -> None:
    """A document that cannot be read any more is no error of the check, it is its finding."""
    file = tmp_path / "personas.wsdl"
    file.write_text("<a/>")
    office.described = msgspec.structs.replace(description(), sources=(Source(location=str(file), sha256="0" * 64),))
    await registration.register(PROVIDER, name="personas", source=str(file), endpoint=ENDPOINT, kind="office")
    file.unlink()
    found = await registration.drift(PERSONS)
    assert found.is_there
    assert found.reason


async def test_what_is_not_registered_cannot_move(registration: Registration) -> None:
    """A data service that nobody registered has no address to change."""
    with pytest.raises(DataServiceUnknown):
        await registration.adjust(PERSONS, address=ENDPOINT)


async def test_nothing_is_stored_on_any_error(
    registration: Registration, office: Office, owner: asyncpg.Connection
) -> None:
    """A document that is not there, an unknown provider or kind, an odd name: an error, and no row."""
    stranger = SubsystemId(MemberId("GT", "GOV", "9"), "x")
    refused: list[tuple[type[SacbeError], SubsystemId, dict[str, Any]]] = [
        (DescriptionNotReadable, PROVIDER, {"source": "/nowhere/x.wsdl"}),
        (MemberUnknown, stranger, {}),
        (AdapterUnknown, PROVIDER, {"kind": "telex"}),
        (IdentifierNotValid, PROVIDER, {"name": "a/b"}),
    ]
    for kind, provider, changed in refused:
        asked = {"name": "personas", "source": DOCUMENT, "endpoint": ENDPOINT, "kind": "office"} | changed
        with pytest.raises(kind):
            await registration.register(provider, **asked)
    assert await stored(owner) == 0


async def test_an_endpoint_from_the_document_must_be_public(
    registration: Registration, office: Office, owner: asyncpg.Connection
) -> None:
    """What a stranger wrote into the document never leads inside; the operator can give the address herself."""
    ill: list[tuple[tuple[str, ...], type[SacbeError]]] = [
        ((), DescriptionNotReadable),
        (("https://127.0.0.1/x",), AddressRefused),
        (("http://8.8.8.8/x",), AddressRefused),
        (("file:///etc/passwd",), AddressRefused),
        (("https://no-such-host.invalid/",), AddressRefused),
    ]
    for endpoints, kind in ill:
        office.described = with_endpoints(endpoints)
        with pytest.raises(kind):
            await registration.register(PROVIDER, name="personas", source=DOCUMENT, kind="office")
    assert await stored(owner) == 0
    office.described = with_endpoints(("https://8.8.8.8/personas",))
    found = await registration.register(PROVIDER, name="personas", source=DOCUMENT, kind="office")
    assert found.endpoint.address == "https://8.8.8.8/personas"


async def test_an_address_of_two_readings_is_not_kept(
    registration: Registration, office: Office, owner: asyncpg.Connection
) -> None:
    """An address that the steward gives is held to the guard's form before anything is stored."""
    for odd in ("https://user@renap.example/", "http://0x7f.1/", "https://renap.example\\@10.0.0.1/", "https:renap"):
        with pytest.raises(AddressRefused):
            await registration.register(PROVIDER, name="personas", source=DOCUMENT, endpoint=odd, kind="office")
    assert await stored(owner) == 0
    await registration.register(PROVIDER, name="personas", source=DOCUMENT, endpoint=ENDPOINT, kind="office")
    with pytest.raises(AddressRefused):
        await registration.adjust(PERSONS, address="https://renap.example:99999/")
    assert await stored(owner) == 1


async def test_an_ill_system_is_not_published(registration: Registration, office: Office) -> None:
    """Publishing asks whether the system answers, and says why not."""
    await registration.register(PROVIDER, name="personas", source=DOCUMENT, endpoint=ENDPOINT, kind="office")
    assert (await registration.check(PERSONS)).is_healthy
    office.ill[ENDPOINT] = "the certificate is of another host"
    with pytest.raises(LegacySystemUnreachable) as caught:
        await registration.publish(PERSONS)
    assert "of another host" in caught.value.hint
    with pytest.raises(DataServiceUnknown):
        await registration.check(DataServiceId(PROVIDER, "nada"))


async def test_names_of_a_provider_are_taken_once(registration: Registration, office: Office) -> None:
    """An operation's alias that another data service of the provider has refuses publication, naming both."""
    await registration.register(PROVIDER, name="personas", source=DOCUMENT, endpoint=ENDPOINT, kind="office")
    await registration.publish(PERSONS)
    office.described = description(operation("otra"), operation("x", alias="consultarPersona"))
    other = DataServiceId(PROVIDER, "otras")
    await registration.register(PROVIDER, name="otras", source=DOCUMENT, endpoint=ENDPOINT, kind="office")
    with pytest.raises(NameClash) as caught:
        await registration.publish(other)
    assert [problem.where for problem in caught.value.problems] == ["x"]
    assert str(PERSONS) in caught.value.problems[0].reason
    await registration.suspend(PERSONS)
    await registration.publish(other)
    with pytest.raises(NameClash):
        await registration.publish(PERSONS)
    office.described = description(operation("uno", alias="doble"), operation("dos", alias="doble"))
    await registration.register(PROVIDER, name="dobles", source=DOCUMENT, endpoint=ENDPOINT, kind="office")
    with pytest.raises(NameClash, match="1 of its names"):
        await registration.publish(DataServiceId(PROVIDER, "dobles"))


async def test_a_provider_gets_a_readable_alias(engine: AsyncEngine, registration: Registration) -> None:
    """A provider that has none is called as its code suggests; a taken name refuses publication."""
    licences = SubsystemId(MemberId("GT", "GOV", "2001"), "licencias-de-conducir")
    await members.add_subsystem(engine, licences, title="Licencias")
    await registration.register(licences, name="licencias", source=DOCUMENT, endpoint=ENDPOINT, kind="office")
    await registration.publish(DataServiceId(licences, "licencias"))
    assert (await members.subsystem(engine, licences)).alias == "licenciasDeConducir"
    clashing = SubsystemId(MemberId("GT", "GOV", "2001"), "RENAP")
    await members.add_subsystem(engine, clashing, title="Otro")
    await registration.register(clashing, name="x", source=DOCUMENT, endpoint=ENDPOINT, kind="office")
    with pytest.raises(NameClash, match="renap"):
        await registration.publish(DataServiceId(clashing, "x"))


def with_endpoints(endpoints: tuple[str, ...]) -> Description:
    """Give the office's description with other endpoints."""
    return msgspec.structs.replace(description(), endpoints=endpoints)
