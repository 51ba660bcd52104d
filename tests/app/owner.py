"""Owns one embedded server until its standard input ends: a process for tests to kill.

`owner.py HOME MAJOR` prints the server's address and process id.
"""

import sys
from pathlib import Path

from sacbe.embedded_postgres import EmbeddedPostgres, find_programs

home, major = Path(sys.argv[1]), int(sys.argv[2])
programs = [each for each in find_programs() if each.major == major]
with EmbeddedPostgres(home, durable=False, programs=programs) as server:
    sys.stdout.write(f"{server.url}\n{server.process_id}\n")
    sys.stdout.flush()
    sys.stdin.read()
