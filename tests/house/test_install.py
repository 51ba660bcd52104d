"""The install script, its lock files and the Makefile: nothing unhashed, and plain words for what goes wrong."""

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.house.tree import ROOT

LOCKS = sorted(ROOT.glob("requirements*.lock"))
GATE = ROOT / "scripts" / "install.py"


@pytest.fixture(scope="module")
def environment() -> ModuleType:
    """The module that makes the environment."""
    spec = importlib.util.spec_from_file_location("environment", ROOT / "scripts" / "environment.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["environment"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_is_pinned_and_hashed(lock: Path) -> None:
    """Each entry of a lock file names one version and at least one hash."""
    entries = [entry for entry in re.split(r"\n(?=\S)", lock.read_text()) if entry and not entry.startswith("#")]
    assert entries
    for entry in entries:
        assert re.match(r"[a-zA-Z0-9._-]+(\[[^]]*\])?==\S+", entry), entry
        assert "--hash=sha256:" in entry


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_index_and_no_machine(lock: Path) -> None:
    """A lock file works with any package index and tells nothing of who made it."""
    assert not re.findall(r"https?:|--index|--extra-index|(?<![\w.])/\w+/", lock.read_text())


def test_locks_agree() -> None:
    """A package that stands in two lock files has one version in both."""
    pinned: dict[tuple[str, str], set[str]] = {}
    for lock in LOCKS:
        for name, version, marker in re.findall(r"^([\w.-]+)(?:\[.*\])?==(\S+)( ;.*)? \\$", lock.read_text(), re.M):
            pinned.setdefault((name, marker), set()).add(version)
    assert {name: versions for name, versions in pinned.items() if len(versions) > 1} == {}


def test_an_old_python_can_read_the_gate() -> None:
    """The script that refuses old Pythons is itself in words that they know."""
    ast.parse(GATE.read_text(), feature_version=(3, 4))


@pytest.mark.parametrize(("version", "is_refused"), [((3, 10, 4), True), ((3, 11, 0), False), ((3, 14, 0), True)])
def test_the_gate_names_the_pythons_that_work(version: tuple[int, ...], is_refused: bool) -> None:
    """Another Python is refused with the versions that are needed and the one that this is."""
    program = (
        f"import runpy, sys; sys.version_info = {version}; sys.exit(runpy.run_path({str(GATE)!r})['refusal']() or None)"
    )
    refused = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True)
    assert bool(refused.returncode) is is_refused
    if is_refused:
        assert "3.11, 3.12 or 3.13 is needed, this is " + ".".join(map(str, version)) in refused.stderr


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("urllib3.exceptions.NewConnectionError: [Errno -3] Temporary failure in name resolution", "cannot be reached"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "not the one that the lock"),
        ("The virtual environment was not created successfully because ensurepip is not available", "python3-venv"),
        ("something nobody foresaw", "something nobody foresaw"),
    ],
)
def test_a_failure_is_explained(environment: ModuleType, said: str, meaning: str) -> None:
    """What pip and venv say becomes what to do; what is not known is shown."""
    assert meaning in environment.explained(said)


def test_too_little_room_is_said_first(environment: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk without enough room is refused before anything is fetched, with both figures."""
    monkeypatch.setattr(environment, "FREE_BYTES_MIN", 2**62)
    with pytest.raises(environment.CannotInstall, match=r"MiB are free .* MiB are needed"):
        environment.refuse_unsupported()


def test_an_environment_that_was_moved_is_not_sound(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An environment whose scripts point elsewhere, or that is not there, is made anew."""
    monkeypatch.setattr(environment, "VENV", tmp_path)
    assert not environment.is_sound()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pip").write_text("#!/elsewhere/.venv/bin/python\n")
    monkeypatch.setattr(environment, "PYTHON", Path(sys.executable))
    assert not environment.is_sound()
    (tmp_path / "bin" / "pip").write_text(f"#!{tmp_path}/bin/python\n")
    assert environment.is_sound()


def test_a_stamp_changes_with_its_files(environment: ModuleType, tmp_path: Path) -> None:
    """A changed lock file is noticed; an unchanged one is not installed again."""
    lock = tmp_path / "some.lock"
    lock.write_text("a==1\n")
    some = environment.Set("run", lock, (lock,))
    before = some.stamp
    assert some.stamp == before
    lock.write_text("a==2\n")
    assert some.stamp != before


def test_two_installations_wait_for_each_other(environment: ModuleType) -> None:
    """While one holds the folder, another says that it waits."""
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'scripts')!r}); import environment\n"
        "with environment.only_one(): environment.say('mine')"
    )
    with environment.only_one():
        second = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        assert second.stdout is not None
        assert "waiting" in second.stdout.readline()
    assert second.communicate(timeout=30)[0] == "mine"


def test_help_lists_every_command_of_the_makefile() -> None:
    """`make` alone names each command with its meaning."""
    told = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for command in ("up", "test", "test-long", "check", "bench", "lock", "help"):
        assert re.search(rf"make {command} +\w", told)
