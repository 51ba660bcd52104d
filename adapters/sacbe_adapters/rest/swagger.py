"""OpenAPI 2.0 written as 3.0, so that everything after this knows one form.

Only what differs is rewritten: where schemas lie, bodies among the parameters, types beside
`in`, and media types in lists. Pointers in messages are then those of the rewritten form.
"""

from typing import Any

Node = dict[str, Any]

SCHEMA_WORDS = (
    "type", "format", "items", "enum", "default", "minimum", "maximum", "pattern", "x-nullable",
)  # fmt: skip
STYLES = {"ssv": "spaceDelimited", "pipes": "pipeDelimited"}
JSON = "application/json"


def as_openapi_3(root: Node) -> Node:
    """Give the 3.0 form of a 2.0 document; what is malformed is left for the reader to find."""
    moved = _moved(root)
    shared = {"parameters": _group(moved, "parameters"), "responses": _group(moved, "responses")}
    return {
        "openapi": "3.0.0",
        "info": moved.get("info", {}),
        "servers": _servers(moved),
        "paths": {path: _path(item, moved, shared) for path, item in _group(moved, "paths").items()},
        "components": {
            "schemas": _group(moved, "definitions"),
            "parameters": {
                name: _parameter(parameter)
                for name, parameter in shared["parameters"].items()
                if isinstance(parameter, dict) and parameter.get("in") not in ("body", "formData")
            },
            "responses": {name: _response(found, moved) for name, found in shared["responses"].items()},
        },
        **({"security": moved["security"]} if "security" in moved else {}),
    }


def _group(node: Node, key: str) -> Node:
    found = node.get(key)
    return found if isinstance(found, dict) else {}


def _moved(node: Any) -> Any:
    """Let every reference point to where 3.0 keeps its target."""
    if isinstance(node, list):
        return [_moved(member) for member in node]
    if not isinstance(node, dict):
        return node
    moved = {key: _moved(member) for key, member in node.items()}
    reference = moved.get("$ref")
    if isinstance(reference, str):
        for old in ("definitions", "parameters", "responses"):
            new = "schemas" if old == "definitions" else old
            if reference.startswith(f"#/{old}/"):
                moved["$ref"] = f"#/components/{new}/{reference.removeprefix(f'#/{old}/')}"
    return moved


def _servers(root: Node) -> list[Node]:
    host, base = root.get("host"), root.get("basePath") or "/"
    schemes = root.get("schemes") or ["https"]
    if not isinstance(host, str):
        return [{"url": base}]
    return [{"url": f"{scheme}://{host}{base}"} for scheme in sorted(schemes, reverse=True)]


def _path(item: Any, root: Node, shared: dict[str, Node]) -> Any:
    if not isinstance(item, dict):
        return item
    own = item.get("parameters") or []
    return {
        key: _operation(value, own, root, shared) if isinstance(value, dict) and key != "parameters" else value
        for key, value in item.items()
        if key != "parameters"
    }


def _operation(operation: Node, inherited: list[Any], root: Node, shared: dict[str, Node]) -> Node:
    parameters = [_found(parameter, shared) for parameter in [*inherited, *(operation.get("parameters") or [])]]
    body = [parameter for parameter in parameters if parameter.get("in") == "body"]
    form = [parameter for parameter in parameters if parameter.get("in") == "formData"]
    plain = [parameter for parameter in parameters if parameter.get("in") not in ("body", "formData")]
    consumes = operation.get("consumes") or root.get("consumes") or [JSON]
    result = {key: value for key, value in operation.items() if key not in ("consumes", "produces")}
    result["parameters"] = [_parameter(parameter) for parameter in plain]
    if body:
        media = {media: {"schema": body[-1].get("schema", {})} for media in consumes}
        result["requestBody"] = {"required": body[-1].get("required") is True, "content": media}
    elif form:
        result["requestBody"] = _form(form, consumes)
    answers = _group(operation, "responses")
    result["responses"] = {code: _response(answer, root, operation) for code, answer in answers.items()}
    return result


def _found(parameter: Any, shared: dict[str, Node]) -> Node:
    """Follow a reference to a shared parameter here, since one of a body cannot stay a parameter."""
    reference = parameter.get("$ref") if isinstance(parameter, dict) else None
    if isinstance(reference, str):
        found = shared["parameters"].get(reference.rpartition("/")[2])
        return found if isinstance(found, dict) else {"$ref": reference}
    return parameter if isinstance(parameter, dict) else {}


def _form(form: list[Node], consumes: list[str]) -> Node:
    is_multipart = any(field.get("type") == "file" for field in form) or "multipart/form-data" in consumes
    schema = {
        "type": "object",
        "properties": {field.get("name", ""): _schema(field) for field in form},
        "required": [field.get("name", "") for field in form if field.get("required") is True],
    }
    media = "multipart/form-data" if is_multipart else "application/x-www-form-urlencoded"
    return {"required": bool(schema["required"]), "content": {media: {"schema": schema}}}


def _schema(parameter: Node) -> Node:
    said = {"description": parameter["description"]} if "description" in parameter else {}
    return said | {word: parameter[word] for word in SCHEMA_WORDS if word in parameter}


def _parameter(parameter: Node) -> Node:
    if "$ref" in parameter:
        return parameter
    result = {key: value for key, value in parameter.items() if key not in SCHEMA_WORDS}
    result["schema"] = _schema(parameter)
    written = parameter.get("collectionFormat", "csv")
    if parameter.get("in") == "query":
        result["style"] = STYLES.get(written, "form")
        result["explode"] = written == "multi"
    return result


def _response(response: Any, root: Node, operation: Node | None = None) -> Any:
    if not isinstance(response, dict) or "schema" not in response:
        return response
    produces = (operation or {}).get("produces") or root.get("produces") or [JSON]
    result = {key: value for key, value in response.items() if key != "schema"}
    result["content"] = {media: {"schema": response["schema"]} for media in produces}
    return result
