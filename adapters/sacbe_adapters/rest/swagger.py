"""OpenAPI 2.0 written as 3.0, so that everything after this knows one form.

Only what differs is rewritten: bodies among the parameters, types beside `in`, and media types in
lists. Schemas stay where they are, so that every pointer means the same in both forms.
"""

from collections.abc import Iterable
from typing import Any

from sacbe_adapters.rest.references import BrokenReference, Document, below

Node = dict[str, Any]

SCHEMA_WORDS = frozenset(
    {"type", "format", "items", "enum", "default", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
    | {"minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "multipleOf", "x-nullable"}
)
"""What a parameter of 2.0 says of its form beside `in`."""
STYLES = {"ssv": "spaceDelimited", "tsv": "tabDelimited", "pipes": "pipeDelimited"}
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def as_openapi_3(document: Document) -> Node:
    """Give the 3.0 form of a 2.0 document; what is malformed is left for the reader to find."""
    root = document.root
    paths = _group(root, "paths")
    return {
        **root,
        "openapi": "3.0.0",
        "servers": _servers(root),
        "paths": {path: _path(item, document, below("#/paths", path)) for path, item in paths.items()},
    }


def _group(node: Node, key: str) -> Node:
    found = node.get(key)
    return found if isinstance(found, dict) else {}


def _here(document: Document, node: Any, at: str) -> Any:
    """Give what a reference leads to, as it would stand here; one that leads nowhere stays for the reader."""
    try:
        found, place = document.resolved(node, at)
    except BrokenReference:
        return node
    return document.rebased(found, place, at)


def _servers(root: Node) -> list[Node]:
    host, base = root.get("host"), root.get("basePath") or "/"
    if not isinstance(host, str):
        return [{"url": str(base)}]
    said = root.get("schemes")
    schemes = {scheme for scheme in said if isinstance(scheme, str)} if isinstance(said, list) else set()
    return [{"url": f"{scheme}://{host}{base}"} for scheme in sorted(schemes or {"https"}, reverse=True)]


def _path(item: Any, document: Document, at: str) -> Any:
    found = _here(document, item, at)
    if not isinstance(found, dict):
        return found
    own = found.get("parameters")
    inherited = own if isinstance(own, list) else []
    return {
        key: _operation(value, inherited, document, below(at, key)) if isinstance(value, dict) else value
        for key, value in found.items()
        if key != "parameters"
    }


def _operation(operation: Node, inherited: list[Any], document: Document, at: str) -> Node:
    own = operation.get("parameters")
    parameters = _told_apart(
        _here(document, parameter, at) for parameter in [*inherited, *(own if isinstance(own, list) else [])]
    )
    body = [parameter for parameter in parameters if parameter.get("in") == "body"]
    form = [parameter for parameter in parameters if parameter.get("in") == "formData"]
    plain = [parameter for parameter in parameters if parameter.get("in") not in ("body", "formData")]
    consumes = _media(operation, document.root, "consumes")
    result = {key: value for key, value in operation.items() if key not in ("consumes", "produces")}
    result["parameters"] = [_parameter(parameter) for parameter in plain]
    if body:
        media = {media: {"schema": body[-1].get("schema", {})} for media in consumes}
        told = {"description": body[-1]["description"]} if "description" in body[-1] else {}
        result["requestBody"] = {**told, "required": body[-1].get("required") is True, "content": media}
    elif form:
        result["requestBody"] = _form(form, consumes)
    produces = _media(operation, document.root, "produces")
    answers = _group(operation, "responses")
    result["responses"] = {
        code: _response(_here(document, answer, below(at, "responses", code)), produces)
        for code, answer in answers.items()
    }
    return result


def _told_apart(parameters: Iterable[Any]) -> list[Node]:
    """Give each parameter once: an operation's own takes the place of its path's (section "Path Item")."""
    found = [parameter for parameter in parameters if isinstance(parameter, dict)]
    by_name = {str((one.get("in"), one.get("name"), one.get("$ref"))): one for one in found}
    return list(by_name.values())


def _media(operation: Node, root: Node, word: str) -> list[str]:
    said = operation.get(word) or root.get(word)
    return [media for media in said if isinstance(media, str)] if isinstance(said, list) and said else [JSON]


def _form(form: list[Node], consumes: list[str]) -> Node:
    is_multipart = any(field.get("type") == "file" for field in form) or (
        MULTIPART in consumes and FORM not in consumes
    )
    schema = {
        "type": "object",
        "properties": {str(field.get("name", "")): _schema(field) for field in form},
        "required": [str(field.get("name", "")) for field in form if field.get("required") is True],
    }
    encoding = {str(field.get("name", "")): _list_style(field) for field in form if field.get("type") == "array"}
    media = MULTIPART if is_multipart else FORM
    return {"required": bool(schema["required"]), "content": {media: {"schema": schema, "encoding": encoding}}}


def _schema(parameter: Node) -> Node:
    said = {"description": parameter["description"]} if "description" in parameter else {}
    return said | {word: parameter[word] for word in parameter if word in SCHEMA_WORDS}


def _parameter(parameter: Node) -> Node:
    if "$ref" in parameter:
        return parameter
    result = {key: value for key, value in parameter.items() if key not in SCHEMA_WORDS}
    result["schema"] = _schema(parameter)
    if parameter.get("in") == "query":
        result |= _list_style(parameter)
    return result


def _list_style(parameter: Node) -> Node:
    """Say `collectionFormat` in the words of 3.0; commas are the default."""
    written = parameter.get("collectionFormat", "csv")
    return {"style": STYLES.get(str(written), "form"), "explode": written == "multi"}


def _response(response: Any, produces: list[str]) -> Any:
    if not isinstance(response, dict) or "schema" not in response:
        return response
    result = {key: value for key, value in response.items() if key != "schema"}
    is_file = isinstance(response["schema"], dict) and response["schema"].get("type") == "file"
    media = [one for one in produces if one != JSON] or ["application/octet-stream"] if is_file else produces
    result["content"] = {one: {"schema": response["schema"]} for one in media}
    return result
