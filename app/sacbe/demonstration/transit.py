"""A transit department that speaks REST and publishes its own OpenAPI document. Demonstration only.

Run it with `python -m sacbe.demonstration.transit`; its document is at `/openapi.json`,
written by litestar, so that our reader of such documents meets one that it did not write.
"""

import contextlib
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec
import uvicorn
from litestar import Litestar, get, post
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import FromPath, FromQuery, JSONBody, KwargDefinition, PathParameter, QueryParameter
from litestar.plugins.problem_details import ProblemDetailsConfig, ProblemDetailsException, ProblemDetailsPlugin

from sacbe.demonstration import people, process

LISTED_MAX = 100
"""The longest list that is given."""
TODAY = date(2026, 11, 23)
"""Licences run out around this day, the same on every day that the demonstration runs."""
POINTS_MAX = 20
MONTO_PATTERN = r"^\d+\.\d{2}$"


class TipoLicencia(StrEnum):
    """Tipo de licencia: A profesional, B particular, C liviano, M motocicleta, E especial."""

    A = "A"
    B = "B"
    C = "C"
    M = "M"
    E = "E"


Monto = Annotated[
    str,
    KwargDefinition(pattern=MONTO_PATTERN, description="Quetzales", schema_extra={"format": "decimal"}),
]
"""Litestar writes the form into the document; `imponer_multa` checks it."""


Puntos = Annotated[int, msgspec.Meta(ge=0, le=POINTS_MAX)]


class NuevaMulta(msgspec.Struct, frozen=True, rename="camel"):
    """Una multa por imponer."""

    monto: Monto
    motivo: str


class Multa(msgspec.Struct, frozen=True, rename="camel"):
    """Una multa impuesta (demostración)."""

    fecha: date
    monto: Monto
    motivo: str
    pagada: bool


class Licencia(msgspec.Struct, frozen=True, rename="camel"):
    """Una licencia de conducir (demostración)."""

    numero: str
    cui: str
    titular: str
    tipo: TipoLicencia
    vence: date
    puntos: Puntos
    multas: list[Multa]
    restricciones: str | None = None


@dataclass(frozen=True)
class Problema:
    """Lo que salió mal, según RFC 9457."""

    status: int
    title: str
    detail: str


NO_ENCONTRADA = {
    404: ResponseSpec(
        data_container=Problema,
        description="No hay tal licencia",
        generate_examples=False,
        media_type="application/problem+json",
    )
}
IMPOSED: dict[str, list[Multa]] = {}
"""Fines imposed since the process started; they end with it."""


def licencia(person: people.Person) -> Licencia:
    """Give the licence of a person."""
    return Licencia(
        numero=f"{person.cui[:8]}-{person.number % 97:02d}",
        cui=person.cui,
        titular=f"{person.given_names} {person.surnames}",
        tipo=list(TipoLicencia)[person.number % len(TipoLicencia)],
        vence=TODAY + timedelta(days=person.number * 13 - 700),
        puntos=POINTS_MAX - person.number % 7,
        multas=[*_fines(person), *IMPOSED.get(person.cui, [])],
        restricciones="Usa anteojos" if person.number % 5 == 0 else None,
    )


def _fines(person: people.Person) -> list[Multa]:
    return [
        Multa(
            fecha=TODAY - timedelta(days=40 * (fine + 1) + person.number),
            monto=f"{100 * (fine + 1) + person.number % 3}.50",
            motivo=("Exceso de velocidad", "Estacionamiento en señal roja", "Cinturón")[fine],
            pagada=fine % 2 == 0,
        )
        for fine in range((person.number + 1) % 4)
    ]


def _known(cui: str) -> people.Person:
    if cui not in people.BY_CUI:
        raise ProblemDetailsException(
            status_code=404, title="LICENCIA_NO_ENCONTRADA", detail=f"No hay licencia para el CUI {cui}."
        )
    return people.BY_CUI[cui]


@get("/licencias/{cui:str}", operation_id="consultarLicencia", responses=NO_ENCONTRADA, sync_to_thread=False)
def consultar_licencia(cui: Annotated[str, PathParameter(description="Código único de identificación")]) -> Licencia:
    """Consulta la licencia de una persona, con sus multas. Demostración: las personas son inventadas."""
    return licencia(_known(cui))


@get("/licencias", operation_id="listarLicencias", sync_to_thread=False)
def listar_licencias(
    tipo: FromQuery[TipoLicencia | None] = None, limite: Annotated[int, QueryParameter(ge=1, le=LISTED_MAX)] = 20
) -> list[Licencia]:
    """Lista licencias, de un tipo o de todos, hasta 100. Demostración: las personas son inventadas."""
    licences = (licencia(person) for person in people.PEOPLE)
    return [found for found in licences if tipo is None or found.tipo == tipo][:limite]


@post("/licencias/{cui:str}/multas", operation_id="imponerMulta", responses=NO_ENCONTRADA, sync_to_thread=False)
def imponer_multa(cui: FromPath[str], data: JSONBody[NuevaMulta]) -> Multa:
    """Impone una multa. Demostración: dura hasta que el proceso termina."""
    if not re.fullmatch(MONTO_PATTERN, data.monto):
        raise ProblemDetailsException(status_code=400, title="MONTO_NO_VALIDO", detail="El monto lleva dos decimales.")
    fine = Multa(fecha=TODAY, monto=data.monto, motivo=data.motivo, pagada=False)
    IMPOSED.setdefault(_known(cui).cui, []).append(fine)
    return fine


def application() -> Litestar:
    """Give the department as an ASGI application."""
    return Litestar(
        [consultar_licencia, listar_licencias, imponer_multa],
        openapi_config=OpenAPIConfig(
            title="Licencias de conducir (demostración)",
            version="1.0.0",
            description="Departamento de tránsito de demostración: todas las personas son inventadas.",
            use_handler_docstrings=True,
            path="/",
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        ),
        plugins=[ProblemDetailsPlugin(ProblemDetailsConfig(enable_for_all_http_exceptions=True))],
        logging_config=None,
    )


class _Server(uvicorn.Server):
    """Says where it listens, and leaves signals to `process`."""

    def __init__(self, config: uvicorn.Config, chosen_host: str) -> None:
        super().__init__(config)
        self.chosen_host = chosen_host

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Announce the address once the port is bound."""
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        process.announce(self.chosen_host, port, "/openapi.json")

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Install nothing."""
        yield


def main() -> None:
    """Serve until the end."""
    chosen = process.options("Departamento de tránsito")
    config = uvicorn.Config(
        application(), host=chosen.host, port=chosen.port, log_config=None, access_log=False, timeout_keep_alive=75
    )
    server = _Server(config, chosen.host)

    def stop() -> None:
        server.should_exit = True

    process.when_it_ends(stop, until_stdin_closes=chosen.until_stdin_closes)
    server.run()


if __name__ == "__main__":
    main()
