"""PostgreSQL brought along, so that one command starts everything.

A node that names no database of its own gets one here: the programs are found
(the system's, else those of a wheel), a data folder is made once, and one server
runs as a child that cannot outlive the node. Nothing listens on a port: the
server is reached by a socket in a private folder.
"""

from sacbe.embedded_postgres.lock import running_url
from sacbe.embedded_postgres.programs import Programs, find_programs
from sacbe.embedded_postgres.supervisor import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "Programs", "find_programs", "running_url"]
