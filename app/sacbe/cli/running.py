"""`sacbe up` and `sacbe serve`: a node with everything, and a node in production."""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace

import click
import structlog

from sacbe import database, door_choices, logs, members_tls, supervisor
from sacbe.children import end_with_parent, fork
from sacbe.cli.telling import step, telling
from sacbe.demonstration import ministries as demonstration
from sacbe.demonstration import stage, status_responder
from sacbe.demonstration.ministries import Ministry
from sacbe.embedded_postgres import EmbeddedPostgres
from sacbe.home import development_key_password, occupied
from sacbe.house import key_ring, keys_folder, opened, status_policy
from sacbe.listeners import MEMBERS, MEMBERS_TLS, OPERATIONS, PUBLIC, Listener, bind_all
from sacbe.serving import serve as serve_process
from sacbe.settings import Settings, unsafe, with_loopback
from sacbe_catalog import seed
from sacbe_catalog.history import Author
from sacbe_signing.authority import DevelopmentAuthority
from sacbe_terms.errors import DatabaseUnreachable, InstallationError, SettingUnsafe

_log = structlog.get_logger("sacbe.running")


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the portal and /graphql; 0 takes a free one.")
@click.option("--with-parent", is_flag=True, help="End when the program that started it ends, as under make.")
def up(port: int | None, with_parent: bool) -> None:
    """Start everything with demonstration data: database, ministries, seed, servers. Ctrl-C stops all of it."""
    if with_parent:
        end_with_parent(os.getppid())
    settings = _for_demonstration(Settings.read(), port)
    choices = door_choices.chosen(settings)
    started = time.monotonic()
    logs.configure(level="warning", log_format=settings.log_format)
    with ExitStack() as stack:
        stack.enter_context(occupied(settings.home))
        listeners = bind_all(settings, has_tls=True)
        click.echo("Starting Sacbé")
        _answer_statuses(settings, stack)
        launched = demonstration.launch()
        stack.callback(launched.end)
        url, tend = _database(settings, stack)
        with step("demonstration ministries"):
            ministries = launched.listening()
        supervisor.done_in_child("prepare", lambda: _prepare(settings, url, ministries, listeners))
        raise SystemExit(
            supervisor.watch(
                settings.processes,
                lambda serving: serve_process(settings, url, listeners, serving, is_development=True, choices=choices),
                tend=tend,
                ready=lambda: _say_ready(listeners, settings, time.monotonic() - started),
            )
        )


@click.command()
def serve() -> None:
    """Serve in production: no demonstration data, and no start on unsafe settings."""
    settings = Settings.read()
    _refuse_unsafe(settings)
    logs.configure(level=settings.log_level, log_format=settings.log_format)
    with occupied(settings.home):
        status_policy(settings, is_development=False)  # an authority's file that cannot be read is named here, once
        _refuse_silent_device(settings)
        choices = door_choices.chosen(settings)
        has_tls = members_tls.is_served(settings, is_development=False)
        if has_tls:  # a file that cannot be used is named once, here, and not by each server
            members_tls.context(members_tls.files(settings, is_development=False))
        listeners = bind_all(settings, has_tls=has_tls)
        _refuse_outdated(settings.database_url)
        raise SystemExit(
            supervisor.watch(
                settings.processes,
                lambda serving: serve_process(
                    settings, settings.database_url, listeners, serving, is_development=False, choices=choices
                ),
                ready=lambda: _log.info("serving", **{listener.name: listener.port for listener in listeners}),
            )
        )


def _for_demonstration(settings: Settings, port: int | None) -> Settings:
    """Allow the ministries on this machine, and take the port of the command line."""
    public_port = settings.public_port if port is None else port
    return replace(with_loopback(settings), public_port=public_port)


def _answer_statuses(settings: Settings, stack: ExitStack) -> None:
    """Start the development authority's OCSP responder, as a process of its own."""
    folder = keys_folder(settings)
    authority = DevelopmentAuthority(folder, development_key_password(settings.home).encode())
    with status_responder.listen(folder) as listening:
        authority.answers_at(status_responder.address(listening))
        child = fork("responder", lambda: status_responder.serve(listening, authority))
    stack.callback(supervisor.end, [child])


def _database(settings: Settings, stack: ExitStack) -> tuple[str, tuple[Callable[[], object], ...]]:
    """Give the database's address, and what must be called now and then to keep it alive."""
    if settings.database_url:
        return settings.database_url, ()
    embedded = EmbeddedPostgres(settings.home)
    with step("PostgreSQL"):
        url = embedded.start()
    stack.callback(embedded.stop)
    return url, (lambda: _revive(embedded),)


def _revive(embedded: EmbeddedPostgres) -> None:
    """Start PostgreSQL again if it died; what cannot be cured now is tried again."""
    try:
        if embedded.revive():
            _log.warning("PostgreSQL ended and was started again")
    except InstallationError as error:
        _log.error("PostgreSQL does not start", reason=error.what)


def _prepare(settings: Settings, url: str, ministries: dict[str, Ministry], listeners: Sequence[Listener]) -> None:
    """Migrate, seed and set the stage; runs in a process of its own, since it needs an event loop."""
    with telling():
        asyncio.run(_prepared(settings, url, ministries, listeners))


async def _prepared(
    settings: Settings, url: str, ministries: dict[str, Ministry], listeners: Sequence[Listener]
) -> None:
    if not await database.is_current(url):
        with step("database schema"):
            await database.upgrade(url)
    async with opened(settings, url, is_development=True) as house:
        if await house.store.is_empty():
            with step("catalogue (illustrative data)"):
                await house.store.put(seed.load(), author=Author("sacbe", "the records that ship"))
        with step("members, data services, rights"):
            token = await stage.set_up(house.engine, house.bus, ministries)
            stewards = await stage.people_come(house.engine)
    ports = {listener.name: listener.port for listener in listeners}
    stage.write_demo(settings.home, ports=ports, token=token, stewards=stewards, database_url=url)


def _say_ready(listeners: Sequence[Listener], settings: Settings, seconds: float) -> None:
    ports = {listener.name: listener.port for listener in listeners}
    portal = f"http://{settings.host}:{ports[PUBLIC]}"
    click.echo(f"Ready after {seconds:.1f} s\n")
    click.echo(f"  portal        {portal}/")
    click.echo(f"  GraphQL       {portal}/graphql")
    click.echo(f"  explorer      {portal}/explore")
    click.echo(f"  members       http://{settings.host}:{ports[MEMBERS]}/graphql")
    click.echo(f"                https://{settings.host}:{ports[MEMBERS_TLS]}/graphql")
    click.echo(f"  operations    http://{settings.operations_host}:{ports[OPERATIONS]}/healthz")
    click.echo(f"  for scripts   {os.path.relpath(settings.home / 'demo.json')}")
    click.echo("\nCtrl-C stops all of it.")


def _refuse_unsafe(settings: Settings) -> None:
    problems = unsafe(settings)
    if problems:
        raise SettingUnsafe(
            what="Some settings are not fit for production.",
            hint="`sacbe settings` lists every setting; for a demonstration use `sacbe up`.",
            problems=problems,
        )


def _refuse_silent_device(settings: Settings) -> None:
    """Have the key device sign once, in a process of its own: its library must not be loaded before a fork."""
    if settings.pkcs11_module:
        supervisor.done_in_child("key device", lambda: _ask_for_node_key(settings))


def _ask_for_node_key(settings: Settings) -> None:
    with telling():
        key_ring(settings, is_development=False).node()


def _refuse_outdated(url: str) -> None:
    if not asyncio.run(database.is_current(url)):
        raise DatabaseUnreachable(
            what="The database is not at the newest version of its schema.",
            where="SACBE_DATABASE_URL",
            hint="Run `sacbe db upgrade`.",
        )
