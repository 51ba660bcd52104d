"""Becomes the program it is given, as a child that cannot outlive its parent.

Run as a file by a bare interpreter, so it imports nothing of ours:
`launch.py PARENT UID GID PROGRAM ARGUMENT...`. The order is what makes it work:
a change of user clears the death signal, so that is set after it.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""`prctl` option: the signal the kernel sends to us when our parent ends (Linux)."""

LOST_PARENT = 75
"""Exit status when the parent ended before we were ready."""


def main(parent: int, uid: int, gid: int, command: list[str]) -> None:
    """Drop root's rights, tie our life to the parent's, leave its terminal, become the command."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    os.setsid()
    if sys.platform == "linux":
        # SIGINT is PostgreSQL's fast stop: sessions end, everything committed is kept.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(LOST_PARENT)
    os.umask(0o077)
    os.execv(command[0], command)  # noqa: S606 the command is the supervisor's own


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
