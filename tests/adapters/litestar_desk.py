"""A desk that litestar serves and describes: run as a process, it prints its port and answers what it was asked.

Its document is litestar's own, so that our reader meets the one and our writer the other side of it.
"""

import socket
import sys
from typing import Annotated, Any

import msgspec
import uvicorn
from litestar import Litestar, Request, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import Body, CookieParameter, HeaderParameter
from litestar.response import Response


class Ficha(msgspec.Struct):
    """A card of the desk."""

    nombre: str
    edad: int
    etiquetas: list[str] = []
    monto: float | None = None


class Envio(msgspec.Struct):
    """A form with files."""

    nota: str
    archivo: UploadFile


class Heard(msgspec.Struct):
    """What the desk heard."""

    path: str
    query: list[list[str]]
    header: str
    cookie: str


@get("/eco/{codigo:str}/{numero:int}", operation_id="eco", sync_to_thread=False)
def eco(
    request: Request[Any, Any, Any],
    codigo: str,
    numero: int,
    listas: list[str],
    bandera: bool,
    oficina: Annotated[str, HeaderParameter(name="X-Oficina")],
    sesion: Annotated[str, CookieParameter(name="sesion")],
    opcional: int | None = None,
) -> Heard:
    """Give back what was asked, as the framework understood it."""
    query = [["listas", item] for item in listas] + [["bandera", str(bandera)], ["opcional", str(opcional)]]
    return Heard(path=f"{codigo}|{numero}", query=query, header=oficina, cookie=sesion)


@post("/ficha", operation_id="ficha", sync_to_thread=False)
def ficha(data: Ficha) -> Ficha:
    """Give back a card that came as JSON."""
    return data


@post("/formulario", operation_id="formulario", sync_to_thread=False)
def formulario(data: Annotated[Ficha, Body(media_type=RequestEncodingType.URL_ENCODED)]) -> Ficha:
    """Give back a card that came as a form."""
    return data


@post("/envio", operation_id="envio")
async def envio(data: Annotated[Envio, Body(media_type=RequestEncodingType.MULTI_PART)]) -> list[str]:
    """Give back what came in parts: the note, the file's name and its bytes in hexadecimal."""
    return [data.nota, data.archivo.filename, (await data.archivo.read()).hex()]


@get("/imagen", operation_id="imagen", media_type="image/png", sync_to_thread=False)
def imagen() -> Response[bytes]:
    """Give bytes."""
    return Response(b"\x89PNG", media_type="image/png")


@get("/texto", operation_id="texto", media_type="text/plain", sync_to_thread=False)
def texto() -> str:
    """Give a text."""
    return "año\n"


def main() -> None:
    """Serve on a free port of this machine until the process is ended."""
    application = Litestar(
        [eco, ficha, formulario, envio, imagen, texto],
        openapi_config=OpenAPIConfig(
            title="Escritorio", version="1", path="/", render_plugins=[JsonRenderPlugin(path="/openapi.json")]
        ),
        logging_config=None,
    )
    listener = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(uvicorn.Config(application, log_config=None, access_log=False)).run(sockets=[listener])


if __name__ == "__main__":
    main()
