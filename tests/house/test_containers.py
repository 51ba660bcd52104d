"""The container files name only things that exist: no engine runs here, so both files are read and proved."""

import importlib.util
import re
import subprocess
import sys
import urllib.request
from typing import Any, cast
from urllib.parse import urlsplit

import click
import pytest
import yaml

from sacbe import operations, settings
from sacbe.cli import commands
from sacbe.embedded_postgres.programs import MAJOR_MIN
from sacbe.house import House
from tests.house.tree import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "sacbe"}
MINISTRIES = {name: service for name, service in OURS.items() if service["command"][0] == "python"}

CHOSEN = {
    "POSTGRES_PASSWORD": "a1b2c3",
    "SACBE_KEY_PASSWORD": "a password of many characters",
    "SACBE_SECRETS_KEY": "a secret of thirty-two characters",
    "SACBE_BASE_IRI": "https://servicios.gob.example/id/",
}
"""What an operator sets before the first start; `docker-compose.yml` explains each at its head."""

POSTGRES_VARIABLES = {
    "POSTGRES_USER",
    "POSTGRES_DB",
    "POSTGRES_PASSWORD",
    "POSTGRES_HOST_AUTH_METHOD",
    "POSTGRES_INITDB_ARGS",
}
"""Variables of PostgreSQL's official image."""


def instructions(name: str) -> list[str]:
    """The arguments of every instruction of a kind in the Dockerfile."""
    return re.findall(rf"^{name}\s+(.+)$", DOCKERFILE, re.MULTILINE)


def environment(service: dict[str, Any]) -> dict[str, str]:
    """What a container of ours sees: the image's variables, then the service's."""
    image = dict(pair.split("=", 1) for line in instructions("ENV") for pair in line.split())
    return {**image, **{name: filled(str(value)) for name, value in service.get("environment", {}).items()}}


def filled(text: str) -> str:
    return re.sub(r"\$\{(\w+)[^}]*\}", lambda found: CHOSEN[found[1]], text)


def asked_address(test: list[str]) -> str:
    found = re.search(r"https?://[^']+", " ".join(test))
    assert found is not None
    return found[0]


def is_a_command(words: list[str]) -> bool:
    """Say whether the words name a command of `sacbe`, options left away."""
    command: click.Command | None = commands
    for word in (word for word in words if not word.startswith("-")):
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), word)
    return isinstance(command, click.Command) and not isinstance(command, click.Group)


def test_the_image_is_installed_as_the_makefile_does() -> None:
    """The image runs the same install script as `make up`, on a Python that the project supports."""
    makefile = (ROOT / "Makefile").read_text()
    assert "$(PYTHON) scripts/install.py\n" in makefile
    assert "python scripts/install.py" in instructions("RUN")
    assert (ROOT / "scripts" / "install.py").is_file()
    assert re.fullmatch(r"python:3\.1[123]-slim-\w+", instructions("FROM")[0])


def test_the_image_runs_as_a_user_that_it_makes() -> None:
    """The container's user is made in the image, is not root, and owns the home folder's volume."""
    (user,) = instructions("USER")
    assert user != "root"
    assert re.search(rf"useradd .*\b{user}\b", instructions("RUN")[0])
    (volume,) = instructions("VOLUME")
    assert re.search(rf"install --directory --owner={user} .*{volume}", instructions("RUN")[0])
    assert environment({})["SACBE_HOME"] == volume


def test_the_image_keeps_what_it_needs() -> None:
    """Nothing that is installed or served is left out of the image."""
    left_out = set((ROOT / ".dockerignore").read_text().split())
    assert not left_out & {"docs", "scripts", "README.md", "pyproject.toml", "requirements.lock"}
    assert ".venv" in left_out


def test_published_ports_are_the_nodes_own() -> None:
    """Every port that is exposed or published is the default of a listener; operations stay on loopback."""
    defaults = settings.Settings()
    public = {defaults.public_port, defaults.members_port, defaults.members_tls_port}
    assert {int(port) for port in instructions("EXPOSE")[0].split()} == public
    published = [port.split(":") for service in SERVICES.values() for port in service.get("ports", ())]
    assert {int(inside) for _, inside in published} <= public
    assert defaults.operations_host == "127.0.0.1"


def test_the_images_health_check_asks_the_operations_listener() -> None:
    """The health check asks a path that the operations listener serves, by the image's own Python."""
    address = urlsplit(asked_address(instructions("HEALTHCHECK")))
    paths = {path for handler in operations.routes(cast(House, None)) for path in handler.paths}
    assert address.path in paths
    assert address.port == settings.Settings().operations_port
    assert '["python", "-c"' in instructions("HEALTHCHECK")[0]


@pytest.mark.parametrize("name", OURS)
def test_every_command_exists(name: str) -> None:
    """Each container runs a command of `sacbe` or a module that is there."""
    first, *words = OURS[name]["command"]
    if first == "sacbe":
        assert is_a_command(words)
    else:
        assert [first, words[0]] == ["python", "-m"]
        assert importlib.util.find_spec(words[1]) is not None


def test_the_image_starts_a_production_node_by_itself() -> None:
    """Without a command the image runs `sacbe serve`."""
    assert instructions("CMD")[-1] == '["sacbe", "serve"]'
    assert is_a_command(["serve"])


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting(name: str) -> None:
    """Each SACBE variable that a container gets is one that `sacbe settings` lists."""
    known = {line.variable for line in settings.listed(settings.Settings())}
    given = {variable for variable in environment(OURS[name]) if variable.startswith("SACBE_")}
    assert given <= known


def test_the_node_is_safe_to_start() -> None:
    """With what the operator must choose, the node's settings are read and refused by nothing."""
    read = settings.Settings.read(environment(SERVICES["node"]))
    assert settings.unsafe(read) == ()


def test_what_must_be_chosen_is_explained() -> None:
    """Every value that has no default stops the start when it is missing, and is explained at the file's head."""
    text = (ROOT / "docker-compose.yml").read_text()
    assert set(re.findall(r"\$\{(\w+)", text)) == set(CHOSEN)
    assert len(re.findall(r"\$\{", text)) == len(re.findall(r"\$\{\w+:\?[^}]+\}", text))
    assert all(f"#   {name}" in text for name in CHOSEN)


def test_the_database_is_postgresql_with_passwords_and_checksums() -> None:
    """PostgreSQL is new enough, asks for passwords by SCRAM, and keeps its data in a volume."""
    database = SERVICES["database"]
    found = re.fullmatch(r"postgres:(\d+)-\w+", database["image"])
    assert found is not None
    assert int(found[1]) >= MAJOR_MIN
    assert set(database["environment"]) <= POSTGRES_VARIABLES
    assert database["environment"]["POSTGRES_HOST_AUTH_METHOD"] == "scram-sha-256"
    assert "--data-checksums" in database["environment"]["POSTGRES_INITDB_ARGS"]
    assert database["volumes"] == ["database:/var/lib/postgresql/data"]
    assert database["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]


def test_the_nodes_address_of_the_database_fits_it() -> None:
    """User, password, host and database of the node's address are those of the database's container."""
    address = urlsplit(environment(SERVICES["node"])["SACBE_DATABASE_URL"])
    database = {name: filled(value) for name, value in SERVICES["database"]["environment"].items()}
    assert address.hostname == "database"
    assert (address.username, address.password) == (database["POSTGRES_USER"], database["POSTGRES_PASSWORD"])
    assert address.path == f"/{database['POSTGRES_DB']}"


def test_every_name_inside_is_declared() -> None:
    """Volumes, networks and dependencies that services name are there."""
    for service in SERVICES.values():
        assert {volume.split(":")[0] for volume in service.get("volumes", ())} <= set(COMPOSE["volumes"])
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        assert set(service.get("depends_on", ())) <= set(SERVICES)


@pytest.mark.parametrize("name", MINISTRIES)
def test_a_ministry_starts_as_written_and_is_healthy(name: str) -> None:
    """A demonstration ministry takes the command's options, and answers at the path of its health check."""
    service = MINISTRIES[name]
    words = service["command"][1:]
    address = urlsplit(asked_address(service["healthcheck"]["test"]))
    assert words[words.index("--port") + 1] == str(address.port)
    moved = [sys.executable, *words, "--host", "127.0.0.1", "--port", "0", "--until-stdin-closes"]
    with subprocess.Popen(moved, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = process.stdout.readline()
        found = re.search(r"http://[\d.]+:(\d+)", told)
        assert found is not None
        with urllib.request.urlopen(f"http://127.0.0.1:{found[1]}{address.path}?{address.query}", timeout=10) as answer:
            assert answer.status == 200
        assert process.stdin is not None
        process.stdin.close()
