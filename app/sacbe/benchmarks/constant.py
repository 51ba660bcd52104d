"""A constant JSON answer by the node's own server, by which machines are compared.

Run as a process: `python -m sacbe.benchmarks.constant` prints the port that it listens on, and
serves until it is ended.
"""

import socket
import sys

import uvicorn
import uvloop
from litestar import Litestar, get

from sacbe.benchmarks.answers import CONSTANT


@get(CONSTANT, include_in_schema=False)
async def constant() -> dict[str, str]:
    """Always the same."""
    return {"status": "alive"}


async def serve() -> None:
    """Serve until the process is ended; says its port on standard output first."""
    sock = socket.create_server(("127.0.0.1", 0), backlog=1024)
    sys.stdout.write(f"{sock.getsockname()[1]}\n")
    sys.stdout.flush()
    application = Litestar([constant], openapi_config=None, logging_config=None)
    config = uvicorn.Config(application, log_level="error", access_log=False)
    await uvicorn.Server(config).serve(sockets=[sock])


if __name__ == "__main__":
    uvloop.run(serve())
