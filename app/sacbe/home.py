"""The node's own folder (`SACBE_HOME`): one node at a time, and the few files that it keeps there.

keys/               the development authority's and the members' keys
key-password        encrypts those keys (development)
secrets-key         encrypts credentials to ministries' systems (development)
checkpoints.log     signed checkpoints of the message log, kept outside the database
running.json        where the running node's database is; private to its user
demo.json           what a script needs for the main job (only `sacbe up`)
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sacbe_terms.errors import AlreadyRunning, DataFolderNotUsable


@contextmanager
def occupied(home: Path) -> Iterator[None]:
    """Hold this home alone; raises AlreadyRunning, or DataFolderNotUsable where it cannot be made."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(home / "node.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DataFolderNotUsable(
            what=f"The folder {home} cannot be used: {error.strerror}.",
            where=str(home),
            hint="Choose another with SACBE_HOME, or make it writable.",
        ) from error
    try:
        _lock(descriptor, home)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, home: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise AlreadyRunning(
            what=f"A Sacbé already runs on {home}.",
            where=str(home),
            hint="Use that one, end it with Ctrl-C, or start a second one with its own SACBE_HOME and ports.",
        ) from error


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    draft.replace(path)


def development_key_password(home: Path) -> str:
    """Give the password of the development keys of this home, made at first use."""
    return _made_once(home / "key-password")


def development_secrets_key(home: Path) -> str:
    """Give the secret under which this home keeps credentials in development, made at first use."""
    return _made_once(home / "secrets-key")


def _made_once(path: Path) -> str:
    if not path.exists():
        write_private(path, secrets.token_urlsafe(32).encode())
    return path.read_text(encoding="ascii")
