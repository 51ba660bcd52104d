"""Which fields of a result a planned call asks for, as paths (`municipio/nombre`). Pure."""


def paths(printed: str) -> frozenset[str] | None:
    """Give the paths of the leaves of a printed selection (`{ nombres municipio { nombre } }`).

    None means the whole answer as it is: nothing was selected.
    """
    found: set[str] = set()
    above: list[str] = []
    last = ""
    for word in printed.split():
        if word == "{":
            above.append(last)
            found.discard(_path(above))
        elif word == "}":
            parent = _path(above)
            if parent and not any(path.startswith(f"{parent}/") for path in found):
                found.add(parent)
            above.pop()
        elif not word.startswith("__"):
            last = word
            found.add(_path([*above, word]))
    return frozenset(found) if printed else None


def outside(asked: frozenset[str], allowed: tuple[str, ...]) -> list[str]:
    """Give the asked paths that lie neither at nor below an allowed one, sorted."""
    return sorted(path for path in asked if not any(path == each or path.startswith(f"{each}/") for each in allowed))


def _path(names: list[str]) -> str:
    return "/".join(name for name in names if name)
