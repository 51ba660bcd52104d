"""What the explorer's page loads, compressed once: its style and the modules of its script.

The address holds a digest of them all, so a browser keeps them for good and never mixes two releases.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

FOLDER = "/explore/assets"

_MEDIA_TYPES = {"css": "text/css", "js": "text/javascript"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file as it is served."""

    name: str
    media_type: str
    content: bytes
    compressed: bytes


@cache
def assets() -> dict[str, Asset]:
    """Give every asset by its name."""
    package = files("sacbe_graphql.explorer")
    modules = sorted(file.name for file in package.joinpath("script").iterdir() if file.name.endswith(".js"))
    read = {"explorer.css": package.joinpath("explorer.css").read_bytes()}
    read |= {name: package.joinpath("script", name).read_bytes() for name in modules}
    return {name: _asset(name, content) for name, content in read.items()}


def _asset(name: str, content: bytes) -> Asset:
    media_type = _MEDIA_TYPES[name.rpartition(".")[2]]
    return Asset(name=name, media_type=media_type, content=content, compressed=gzip.compress(content, mtime=0))


@cache
def version() -> str:
    """Give the digest of all assets together."""
    digest = hashlib.sha256()
    for name, asset in assets().items():
        digest.update(f"{name} {len(asset.content)}\n".encode() + asset.content)
    return digest.hexdigest()[:12]
