"""Installs Sacbé into `.venv`: `install.py [--dev]`; the work is done in `environment.py`.

Kept apart and in plain words of the language, so that an old Python can read this
far and say which one is needed, instead of a syntax error.
"""

import shutil
import sys

SUPPORTED = ((3, 11), (3, 12), (3, 13))
"""Versions of Python that every package of the lock files has a ready build for."""


def refusal() -> str:
    """Say why this Python cannot be used; empty if it can."""
    if sys.version_info[:2] in SUPPORTED:
        return ""
    version = ".".join(str(part) for part in sys.version_info[:3])
    names = ["python" + ".".join(str(part) for part in each) for each in SUPPORTED]
    there = [name for name in names if shutil.which(name)]
    text = "Python 3.11, 3.12 or 3.13 is needed, this is " + version + " (" + sys.executable + ").\n"
    if there:
        return text + there[-1] + " is installed here: make PYTHON=" + there[-1] + " up\n"
    return text + "Install one of them and name it: make PYTHON=" + names[1] + " up\n"


if __name__ == "__main__":
    if refusal():
        sys.stderr.write(refusal())
        sys.exit(1)
    import environment

    sys.exit(environment.main(sys.argv[1:]))
