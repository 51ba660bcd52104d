"""Routes: a method and a glob of paths, by which a right may be narrowed to parts of a REST service. Pure.

What X-Road calls an endpoint (DM-SS, ENDPOINT): `GET /licencias/*`, the method `*` standing for any. An
operation lies within a route where the glob takes its path whatever the parameters are.
"""

import re
from collections.abc import Iterable

from sacbe_terms.descriptions import Operation
from sacbe_terms.errors import RouteNotValid
from sacbe_xroad_like.wire import path_rules

REST = "rest"
"""The kind of adapter whose systems have methods and paths; X-Road's REST protocol is passed on to them alone."""

ANY_METHOD = "*"

ROUTES_MAX = 100
"""Of one agreement."""

ROUTE_CHARACTERS_MAX = 1000
"""Of one route."""

_FORM = re.compile(r"(\*|[A-Za-z]{1,20}) (/\S*|\*\*)")
_VARIABLE = re.compile(r"\{[^{}]*\}")
_ANYTHING = "\ue000"
"""Stands for a parameter's value: a sign that no glob holds, so that only a star takes it."""


def read(texts: Iterable[str]) -> tuple[str, ...]:
    """Give routes in their one form, each once; raises RouteNotValid."""
    routes = tuple(dict.fromkeys(map(_read, texts)))
    if len(routes) > ROUTES_MAX:
        raise _not_valid(f"{len(routes)} routes", f"there are more than {ROUTES_MAX} of them")
    return routes


def _read(text: str) -> str:
    found = _FORM.fullmatch(" ".join(text.split()))
    if found is None or len(text) > ROUTE_CHARACTERS_MAX or not text.isprintable():
        raise _not_valid(text[:ROUTE_CHARACTERS_MAX], "it is no method and path")
    return f"{found[1].upper()} {found[2]}"


def covers(routes: Iterable[str], method: str, path: str) -> bool:
    """Say whether a method and a normalized path lie within one of these routes."""
    return any(_covers(route, method, path) for route in routes)


def _covers(route: str, method: str, path: str) -> bool:
    allowed, _, glob = route.partition(" ")
    return allowed in (ANY_METHOD, method.upper()) and path_rules.matches(glob, path)


def of(operation: Operation) -> tuple[str, str]:
    """Give an operation's method and path for `covers`: any value in the place of each parameter."""
    return operation.method, _VARIABLE.sub(_ANYTHING, operation.path)


def path_glob(operation: Operation) -> str:
    """Give the glob of a REST operation's paths, its parameters as stars."""
    return _VARIABLE.sub("*", operation.path)


def _not_valid(text: str, reason: str) -> RouteNotValid:
    return RouteNotValid(
        what=f"The route is not valid: {reason}.",
        where=text,
        hint="Write a method and a path, such as `GET /licencias/*`; `*` is any method, `**` any path.",
    )
