"""Typed clients as developers make them: generated from the schema that a node serves, and used to ask that node."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.journeys.node import Node, running

SOURCES = Path(__file__).parent / "clients"
NODE_MODULES = Path(os.environ.get("SACBE_TEST_NODE_MODULES", ""))
ARIADNE = Path(os.environ.get("SACBE_TEST_ARIADNE_CODEGEN", ""))
"""A virtual environment of its own: the generator wants another graphql-core than the house."""

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "make-a-typed-client.md"
USUAL_ADDRESS = "http://127.0.0.1:8080/graphql"

SECONDS_MAX = 120


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One running node for all clients."""
    with running(tmp_path_factory.mktemp("node") / "home") as started:
        yield started


@pytest.fixture(scope="module")
def typescript(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the client that graphql-codegen made of the served schema."""
    if os.environ.get("SACBE_CI") != "1" and not (NODE_MODULES / "@graphql-codegen" / "cli").is_dir():
        pytest.skip("needs SACBE_TEST_NODE_MODULES with @graphql-codegen/cli")
    folder = prepared(tmp_path_factory.mktemp("typescript"))
    (folder / "node_modules").symlink_to(NODE_MODULES)
    (folder / "package.json").write_text('{"type": "module"}')
    point(folder / "codegen.json", node)
    done(folder, "node_modules/.bin/graphql-codegen", "--config", "codegen.json")
    return folder


@pytest.fixture(scope="module")
def python(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the client that ariadne-codegen made of the served schema."""
    if os.environ.get("SACBE_CI") != "1" and not (ARIADNE / "bin" / "ariadne-codegen").is_file():
        pytest.skip("needs SACBE_TEST_ARIADNE_CODEGEN, a virtual environment with ariadne-codegen")
    folder = prepared(tmp_path_factory.mktemp("python"))
    point(folder / "ariadne.toml", node)
    done(folder, str(ARIADNE / "bin" / "ariadne-codegen"), "--config", "ariadne.toml")
    return folder


def test_a_typescript_client_asks(node: Node, typescript: Path) -> None:
    """The client compiles with every check, and what it is told is what anybody is told."""
    compiled = compile_with(typescript, "use.ts")
    assert compiled.returncode == 0, compiled.stdout
    told = msgspec.json.decode(done(typescript, "node", "use.js", asks=node))
    assert told["data"] == expected(node)
    assert told["found"] > 0
    assert told["name"] == told["data"]["exchange"]["sat"]["consultarContribuyente"]["nombre"]


@pytest.mark.parametrize(("right", "wrong"), [("cui: process", "dpi: process"), ("?.nombre", "?.nombres")])
def test_a_typescript_client_refuses_what_the_schema_does_not_have(typescript: Path, right: str, wrong: str) -> None:
    """A variable or a field that is not in the query does not compile."""
    text = (SOURCES / "use.ts").read_text()
    assert right in text
    (typescript / "wrong.ts").write_text(text.replace(right, wrong))
    compiled = compile_with(typescript, "wrong.ts")
    assert compiled.returncode != 0
    assert "wrong.ts" in compiled.stdout


def test_a_python_client_asks(node: Node, python: Path) -> None:
    """The generated client reads the answer into its models, and loses nothing of it."""
    told = msgspec.json.decode(done(python, str(ARIADNE / "bin" / "python"), "use.py", asks=node))
    assert told == expected(node)


def test_the_guide_shows_what_is_tested() -> None:
    """Every file that these tests use stands in the guide as it is."""
    guide = GUIDE.read_text()
    assert [file.name for file in sorted(SOURCES.iterdir()) if file.is_file() and file.read_text() not in guide] == []


def prepared(folder: Path) -> Path:
    """Put the query and the programs into a folder."""
    shutil.copytree(SOURCES, folder, dirs_exist_ok=True)
    return folder


def point(settings: Path, node: Node) -> None:
    """Let settings name the door of this node instead of the usual one."""
    text = settings.read_text()
    assert USUAL_ADDRESS in text
    settings.write_text(text.replace(USUAL_ADDRESS, node.demo["graphql_url"]))


def expected(node: Node) -> Any:
    """Ask the same without a client."""
    variables = {"cui": cui(node), "words": "dpi"}
    return node.ask((SOURCES / "taxpayer.graphql").read_text(), variables, token=node.demo["token"])["data"]


def cui(node: Node) -> str:
    """Give somebody who is in the demonstration's registers."""
    return str(node.demo["queries"]["taxpayer"]["variables"]["cui"])


def compile_with(folder: Path, file: str) -> subprocess.CompletedProcess[str]:
    """Compile a program with every check that there is."""
    flags = ("--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom")
    return ran(folder, "node_modules/.bin/tsc", *flags, file, environment={})


def done(folder: Path, *command: str, asks: Node | None = None) -> str:
    """Run a program that must end well, and give what it wrote."""
    given: dict[str, str] = {}
    if asks is not None:
        given = {"SACBE_URL": asks.demo["graphql_url"], "SACBE_TOKEN": asks.demo["token"], "CUI": cui(asks)}
    result = ran(folder, *command, environment=given)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def ran(folder: Path, *command: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder."""
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
