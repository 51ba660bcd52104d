"""From paths and methods to operations.

What an operation's `binding` holds is known to the codec only:

    method, path     as in the document
    styles           by argument: {"style", "explode", "reserved"} or {"json": true}
    body             {"argument", "as": a kind of content, "media", "parts"}; absent without a body;
                     parts by field: {"content", "style", "explode", "reserved"} where an encoding is declared
    answers          by status ("200", "2XX", "default"): a kind of content (media.py)
    members          by status: the record of the result's choice; absent where all answers are alike
    accept           the Accept header
    server           the operation's own server and the document's; absent where they are one
"""

import re
from collections.abc import Iterator

from sacbe_adapters import naming
from sacbe_adapters.rest import answers, arguments
from sacbe_adapters.rest import body as request_body
from sacbe_adapters.rest.arguments import Argument, Found, NotOffered
from sacbe_adapters.rest.media import Kind, kind
from sacbe_adapters.rest.references import BrokenReference, below
from sacbe_adapters.rest.schemas import Types
from sacbe_adapters.rest.servers import Servers, is_one_host
from sacbe_terms.descriptions import Operation
from sacbe_terms.errors import DescriptionNotReadable

METHODS = ("get", "put", "post", "delete", "patch")
OTHER_METHODS = ("options", "head", "trace")
"""Methods that say something of the server and not of what it keeps."""

_VARIABLE = re.compile(r"\{([^{}]*)\}")


def operations(types: Types, servers: Servers) -> tuple[Operation, ...]:
    """Give every operation that can be offered; what cannot is noted with its reason.

    Raises DescriptionNotReadable where each of them meets a reference that leads nowhere.
    """
    found = list(_found(types))
    codes = _codes(found)
    aliases = naming.unique(naming.field_name(code) for code in codes)
    offered, sound = [], 0
    for named in zip(found, codes, aliases, strict=True):
        broken_before = len(types.broken)
        operation = _offered(types, servers, *named)
        offered += [operation] if operation is not None else []
        sound += operation is not None and len(types.broken) == broken_before
    if offered and not sound:
        raise _all_broken(types)
    return tuple(offered)


def _all_broken(types: Types) -> DescriptionNotReadable:
    first = types.broken[0]
    return DescriptionNotReadable(
        what=f"No operation of the document is whole: {first.reason}.",
        where=f"{types.document.location}{first.where}",
        hint="Mend the reference, or give the document that it leads to.",
    )


def _found(types: Types) -> Iterator[Found]:
    paths = types.document.root.get("paths")
    for path, node in paths.items() if isinstance(paths, dict) else ():
        try:
            item, at = types.document.resolved(node, below("#/paths", path))
        except BrokenReference as broken:
            types.note(below("#/paths", path), str(broken))
            continue
        if isinstance(item, dict) and not path.startswith("x-"):
            yield from _methods(types, path, item, at)


def _methods(types: Types, path: str, item: dict[str, object], at: str) -> Iterator[Found]:
    for method, node in item.items():
        if method in METHODS and isinstance(node, dict):
            inherited = item.get("parameters")
            yield Found(
                method=method.upper(),
                path=path,
                node=node,
                at=below(at, method),
                inherited=inherited if isinstance(inherited, list) else [],
                inherited_at=below(at, "parameters"),
                servers=item.get("servers"),
            )
        elif method in OTHER_METHODS:
            types.note(below(at, method), f"{method.upper()} asks nothing of the system that a field could answer")


def _codes(found: list[Found]) -> tuple[str, ...]:
    """Give each operation's id; one without an id, or with another's, is called by method and path.

    So an operation that is added later changes no other's name.
    """
    seen: set[str] = set()
    codes: list[str] = []
    for place in found:
        named = place.node.get("operationId")
        code = named.strip() if isinstance(named, str) else ""
        codes.append(code if code and code not in seen else _by_path(place))
        seen.add(code)
    return naming.unique(codes)


def _by_path(found: Found) -> str:
    """Say method and path in words: `GET /fincas/{id}` is `getFincasById`."""
    path_in_words = _VARIABLE.sub(r" by \1", found.path)
    return naming.field_name(f"{found.method.lower()} {path_in_words}")


def _offered(types: Types, servers: Servers, found: Found, code: str, alias: str) -> Operation | None:
    try:
        server = servers.other_base(found.node.get("servers"), found.servers)
        if server is not None and not is_one_host(*server):
            types.note(found.at, f"{code} is at another host: call it through a data service with an endpoint there")
        return _operation(types, found, code, alias, server)
    except NotOffered as reason:
        types.note(reason.at, f"{code} is not offered: {reason}")
    except BrokenReference as broken:
        types.note_broken(broken, broken.at, f", so {code} is not offered")
    finally:
        types.finish()
    return None


def _operation(types: Types, found: Found, code: str, alias: str, server: tuple[str, str] | None) -> Operation:
    asked = _named(arguments.parameters(types, found, code))
    body = request_body.body(types, found, code)
    if body is not None:
        name = naming.unique([*(argument.field.name for argument in asked), body.field.name])[-1]
        body = body.renamed(name)
    answered = answers.answers(types, found, code)
    return Operation(
        code=code,
        alias=alias,
        reads=naming.reads(code, method=found.method),
        arguments=tuple(argument.field for argument in [*asked, *([body] if body else [])]),
        result=answered.result,
        faults=answered.faults,
        documentation=_documentation(found, alias),
        binding=_binding(found, asked, body, answered, server),
        method=found.method.upper(),
        path=found.path,
    )


def _binding(
    found: Found,
    asked: list[Argument],
    body: Argument | None,
    answered: answers.Answered,
    server: tuple[str, str] | None,
) -> dict[str, object]:
    binding: dict[str, object] = {
        "method": found.method,
        "path": found.path,
        "styles": {argument.field.name: argument.written for argument in asked},
        "answers": {status: kind.value for status, kind in answered.kinds.items()},
        "accept": _accept(answered.accepted),
    }
    if answered.members:
        binding["members"] = answered.members
    if body is not None:
        binding["body"] = {"argument": body.field.name, **body.written}
    if server is not None:
        binding["server"] = list(server)
    return binding


def _accept(media: tuple[str, ...]) -> str:
    """Ask for what can be read; where that is no JSON, a fault may still be."""
    asked = ["application/json" if name == "*/*" else name for name in media]
    if not asked:
        return "application/json"
    has_json = any(kind(name) is Kind.JSON for name in asked)
    return ", ".join([*dict.fromkeys(asked), *([] if has_json else ["application/json;q=0.5"])])


def _named(asked: list[Argument]) -> list[Argument]:
    """Give arguments that share a name different ones, as `id` of the path and `id` of the query do."""
    names = naming.unique(argument.field.name for argument in asked)
    return [argument.renamed(name) for argument, name in zip(asked, names, strict=True)]


def _documentation(found: Found, alias: str) -> str:
    """Give summary and description, but for a summary that only repeats the operation's name."""
    said = [found.node.get("summary"), found.node.get("description")]
    texts = [text.strip() for text in said if isinstance(text, str) and text.strip()]
    return "\n\n".join(text for text in dict.fromkeys(texts) if naming.field_name(text) != alias)
