"""Makes the virtual environment, or mends it, from the lock files; standard library only.

Every package is checked against its hash. Nothing is done when nothing has changed, and
two that run at once do the work once. An error says what to do, in a line or two.
"""

import argparse
import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"

STAMP = VENV / "sacbe-installed"
"""Says which sets are installed, from which lock files."""

FREE_BYTES_MIN = 1200 * 2**20
"""Room that the environment takes with its test tools, and while packages are unpacked."""

HEARTBEAT_SECONDS = 10.0
"""Without a terminal, a line tells this often that the work goes on."""

LAST_LINES = 15
"""How much of pip's own words an error shows that we do not know."""


class CannotInstall(Exception):
    """Why the installation cannot be done, and what to do."""


@dataclass(frozen=True)
class Set:
    """A set of packages: the lock file to install and all files that decide what is installed."""

    name: str
    lock: Path
    files: tuple[Path, ...]

    @property
    def stamp(self) -> str:
        """One line that changes whenever the set, this Python or the folder changes."""
        digest = hashlib.sha256(f"{VENV} {sys.version} {sys.base_prefix}".encode())
        for file in self.files:
            digest.update(file.read_bytes())
        return f"{self.name} {digest.hexdigest()}"


DEMO_LOCK = ROOT / "requirements-demo.lock"
RUN = Set("run", ROOT / "requirements.lock", (ROOT / "requirements.lock", DEMO_LOCK, ROOT / "pyproject.toml"))
DEV = Set("dev", ROOT / "requirements-dev.lock", (*RUN.files, ROOT / "requirements-dev.lock"))


def main(arguments: Sequence[str]) -> int:
    """Install the set that is asked for; 0 when it is there, 1 with the reason when it cannot be."""
    parser = argparse.ArgumentParser(description="Install Sacbé into .venv from the lock files.")
    parser.add_argument("--dev", action="store_true", help="with the tools for tests and checks")
    wanted = DEV if parser.parse_args(arguments).dev else RUN
    try:
        with only_one():
            if not is_installed(wanted):
                install(wanted)
    except CannotInstall as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. Start again to go on.\n")
        return 130
    return 0


def install(wanted: Set) -> None:
    """Do all steps, telling each."""
    refuse_unsupported()
    started = time.monotonic()
    STAMP.unlink(missing_ok=True)
    if not is_sound():
        make_venv()
    count = len(re.findall(r"^[a-zA-Z0-9._-]+(\[.*\])?==", wanted.lock.read_text(), re.MULTILINE))
    pip(f"Installing up to {count} packages", "--only-binary", ":all:", "--require-hashes", "-r", str(wanted.lock))
    built = ["--no-build-isolation", "--use-pep517"]
    pip("Installing the demonstration's packages", *built, "--require-hashes", "-r", str(DEMO_LOCK))
    pip("Installing Sacbé itself", "--no-build-isolation", "--no-deps", "--editable", str(ROOT))
    STAMP.write_text("\n".join(each.stamp for each in (RUN, DEV) if each is RUN or each is wanted) + "\n")
    say(f"Installed in {time.monotonic() - started:.0f} s.\n")


def is_installed(wanted: Set) -> bool:
    """Say whether the stamp names the set as it is now, and the environment still works."""
    stamped = STAMP.read_text().splitlines() if STAMP.exists() else []
    return wanted.stamp in stamped and is_sound() and (VENV / "bin" / "sacbe").exists()


def is_sound() -> bool:
    """Say whether the environment was made here by this version of Python, and runs."""
    try:
        first_line = (VENV / "bin" / "pip").read_text().splitlines()[0]
        asked = [str(PYTHON), "-c", "import sys; print(sys.version)"]
        answer = subprocess.run(asked, capture_output=True, text=True)  # noqa: S603 our own environment
    except (OSError, ValueError, IndexError):
        return False
    return str(VENV / "bin") in first_line and answer.stdout.strip() == sys.version.strip()


def make_venv() -> None:
    """Make the environment anew."""
    with step("Making the environment .venv"):
        # Not by ourselves through `venv`: its pip would come from this process's surroundings.
        run([sys.executable, "-m", "venv", "--clear", str(VENV)])


def refuse_unsupported() -> None:
    """Raise for a platform, a Python or a disk on which the installation cannot succeed."""
    libc = platform.libc_ver()[0] or "another C library"
    if sys.platform not in ("linux", "darwin") or (sys.platform == "linux" and libc != "glibc"):
        raise CannotInstall(
            f"Ready-built packages exist for Linux with glibc and for macOS; this is {sys.platform} with {libc}.\n"
            "Use the container image instead: docker compose up"
        )
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        version = ".".join(map(str, sys.version_info[:2]))
        raise CannotInstall(
            f"This Python ({sys.executable}) cannot make environments: its module venv is not complete.\n"
            f"Debian and Ubuntu: apt-get install python{version}-venv   (or python3-venv)"
        )
    free_bytes = shutil.disk_usage(ROOT).free
    if free_bytes < FREE_BYTES_MIN:
        raise CannotInstall(
            f"Only {free_bytes // 2**20} MiB are free in {ROOT}; {FREE_BYTES_MIN // 2**20} MiB are needed.\n"
            "Free some space and start again."
        )


def pip(what: str, *arguments: str) -> None:
    """Run one `pip install` as a step."""
    with step(what) as told:
        run([str(PYTHON), "-m", "pip", "install", "--no-input", "--retries", "3", *arguments], told)


@dataclass
class Told:
    """What a running step has told so far: how many packages pip has looked at."""

    what: str
    started: float
    last: float
    seen: int = 0

    def heard(self, line: str) -> None:
        """Tell progress after a line of pip's: always on a terminal, now and then elsewhere."""
        self.seen += line.startswith(("Collecting ", "Requirement already satisfied: "))
        now = time.monotonic()
        phase = "unpacking" if line.startswith("Installing collected") else f"{self.seen} so far"
        if sys.stdout.isatty():
            say(f"\r{self.what}: {phase}, {now - self.started:.0f} s   ")
        elif now - self.last > HEARTBEAT_SECONDS:
            self.last = now
            say(f"  {phase}, {now - self.started:.0f} s\n")


@contextmanager
def step(what: str) -> Iterator[Told]:
    """Tell that a step begins, and how long it took."""
    started = time.monotonic()
    say(f"{what} ..." + ("" if sys.stdout.isatty() else "\n"))
    yield Told(what, started, started)
    took = f"{time.monotonic() - started:.1f} s"
    say(f"\r{what}: done in {took}          \n" if sys.stdout.isatty() else f"  done in {took}\n")


def run(command: Sequence[str], told: Told | None = None) -> None:
    """Run a command, hearing its lines; raises CannotInstall with what it said."""
    lines: list[str] = []
    with subprocess.Popen(  # noqa: S603 this Python and its pip
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=surroundings(),
    ) as process:
        for line in process.stdout or ():
            lines.append(line.rstrip())
            if told is not None:
                told.heard(line)
    if process.returncode:
        raise CannotInstall("\n" + explained("\n".join(lines)))


def surroundings() -> dict[str, str]:
    """Give the environment for pip: the user's own index and proxy settings, nothing that bends the target."""
    bending = ("PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_HASHES")
    kept = {name: value for name, value in os.environ.items() if name not in bending}
    return {**kept, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}


SIGNS = (
    (
        r"No space left on device|Disk quota exceeded",
        "The disk is full. Free about 1.2 GB and start again.",
    ),
    (
        r"DO NOT MATCH THE HASHES",
        "A package is not the one that the lock file names, so it was not installed.\n"
        "If the package index you use alters packages, choose another (PIP_INDEX_URL).",
    ),
    (
        r"NewConnectionError|NameResolutionError|name resolution|ConnectTimeout|ReadTimeout|Max retries exceeded"
        r"|Connection refused|ProxyError|ConnectionResetError|SSLError|Could not fetch URL",
        "The package index cannot be reached. Look at the network, the proxy (HTTPS_PROXY)\n"
        "and the index (PIP_INDEX_URL), then start again; what was fetched is kept.",
    ),
    (
        r"ensurepip|virtual environment was not created",
        "This Python cannot make environments. Debian and Ubuntu: apt-get install python3-venv",
    ),
)
"""What pip and venv say, and what that means for who installs."""


def explained(said: str) -> str:
    """Give the meaning of a failure, or its last lines when it is not a known one."""
    for sign, meaning in SIGNS:
        if re.search(sign, said):
            return meaning
    last = "\n".join(said.splitlines()[-LAST_LINES:])
    return f"The installation failed. Last lines:\n{last}"


@contextmanager
def only_one() -> Iterator[None]:
    """Hold the repository's folder while installing; a second one waits and then finds the work done."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another installation is running here; waiting for it ...\n")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def say(text: str) -> None:
    """Write to the user at once."""
    sys.stdout.write(text)
    sys.stdout.flush()
