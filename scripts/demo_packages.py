"""Prints what the demonstration ministries need beside the node, one requirement a line, for `make lock`."""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
sys.stdout.writelines(f"{requirement}\n" for requirement in project["optional-dependencies"]["demo"])
