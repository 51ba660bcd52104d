"""One running node, and a folder in which the documents' commands are typed as they stand."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.demonstration.running import running as ministries
from tests.docs.examples import Command
from tests.docs.wildcards import Wildcards
from tests.journeys.node import Node, running

COMMAND_SECONDS_MAX = 60.0
"""How long a command of a document may take on a busy machine."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a reader sits: a running node, a folder with her files, a shell."""

    node: Node
    folder: Path
    wildcards: Wildcards

    def type(self, command: Command) -> str:
        """Give what a command answers; fails where the command does."""
        line = self._here(self.wildcards.meant(command.line))
        path = f"{self.folder / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env={**self.node.environment, "PATH": path},
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS_MAX,
            check=False,
        )
        assert done.returncode == 0, f"$ {line}\n{done.stdout}{done.stderr}"
        return done.stdout

    def _here(self, line: str) -> str:
        """Put the addresses of this run in place of those of the documents."""
        own_system = ministries()["renap"].endpoint
        for shown in ("http://127.0.0.1:9000/", "https://expedientes.example/soap"):
            line = line.replace(shown, own_system)
        line = line.replace("http://127.0.0.1:8081", self.node.demo["members_url"])
        line = line.replace("https://localhost:8443", self.node.demo["members_tls_url"])
        return line.replace("http://127.0.0.1:8080", self.node.demo["portal_url"])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The reader's folder holds what the documents speak of: `.venv/bin/sacbe`, and her own WSDL in two versions."""
    folder = tmp_path_factory.mktemp("docs")
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "sacbe").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sacbe "$@"\n')
    (programs / "sacbe").chmod(0o755)
    with urllib.request.urlopen(ministries()["renap"].source, timeout=20) as answer:
        wsdl = answer.read()
    (folder / "my-system.wsdl").write_bytes(wsdl)
    (folder / "my-words.json").write_text(
        '{"language": "es", "entries": [{"say": ["mi chirmol"], "mean": ["licencia sanitaria"]}]}', encoding="utf-8"
    )
    (folder / "my-service.csv").write_text(
        "id,title,institution,description\nmi-servicio,Mi servicio,RENAP,Para probar.\n", encoding="utf-8"
    )
    (folder / "my-system-2.wsdl").write_bytes(wsdl + b"<!-- newer -->")
    (folder / "secret.txt").write_text("a secret")
    with running(folder / ".sacbe") as node:
        yield Desk(node, folder, Wildcards())
