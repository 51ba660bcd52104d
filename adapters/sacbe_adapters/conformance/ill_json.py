"""Illnesses of JSON: what careless systems take for it, what no reader should, and errors in JSON."""

from sacbe_adapters.conformance.illness import PRIVATE, Illness, Speaks, reply
from sacbe_terms.errors import AdapterError, LegacySystemFault, ReplyBreaksContract, ReplyNotReadable


def _said(name: str, body: str | bytes, error: type[AdapterError] = ReplyNotReadable, *, status: str = "200 OK",
          kind: str = "application/json") -> Illness:  # fmt: skip
    data = body if isinstance(body, bytes) else body.encode()
    return Illness(
        name=name, says=lambda _: [reply(data, status=status, kind=kind)], error=error, speaks=Speaks.JSON
    )  # fmt: skip


_STACK = f"Error: {PRIVATE}\\n    at Object.<anonymous> (/srv/{PRIVATE}/index.js:7:9)"

TEXTS = (
    _said("not-a-number", '{"numero": NaN}'),
    _said("infinity", '{"numero": -Infinity}'),
    _said("cut-off-json", f'{{"{PRIVATE}": ['),
    _said("a-comma-at-the-end", f'{{"{PRIVATE}": 1,}}'),
    _said("single-quotes", f"{{'{PRIVATE}': 1}}"),
    _said("keys-without-quotes", f"{{{PRIVATE}: 1}}"),
    _said("comments", f'/* {PRIVATE} */ {{"a": 1}}'),
    _said("two-documents", f'{{"{PRIVATE}": 1}}{{"a": 2}}'),
    _said("lines-of-json", f'{{"{PRIVATE}": 1}}\n{{"a": 2}}\n'),
    _said("padding", f'{PRIVATE}({{"a": 1}})'),
    _said("a-guard-before-json", ')]}\',\n{"a": 1}'),
    _said("a-raw-line-break", '{"a": "uno\ndos"}'),
    _said("half-a-surrogate-in-json", '{"a": "\\ud800"}'),
    _said("leading-zeros", '{"a": 0012}'),
    _said("hexadecimal", '{"a": 0x1F}'),
    _said("deep-json", "[" * 100_000 + "]" * 100_000),
    _said("deep-objects", '{"a":' * 30_000 + "1" + "}" * 30_000),
    _said("xml-in-place-of-json", f"<{PRIVATE}/>"),
    _said("xml-said-to-be-xml", f"<{PRIVATE}/>", kind="text/xml"),
)  # fmt: skip
"""Not JSON (RFC 8259)."""

VALUES = (
    _said("null", "null", ReplyBreaksContract),
    _said("a-text-alone", f'"{PRIVATE}"', ReplyBreaksContract),
    _said("a-number-alone", "1e400", ReplyBreaksContract),
    _said("a-list-in-place-of-an-object", f'["{PRIVATE}"]', ReplyBreaksContract),
    _said("an-empty-object", "{}", ReplyBreaksContract),
    _said("keys-that-stand-twice", f'{{"{PRIVATE}": 1, "{PRIVATE}": 2}}', ReplyBreaksContract),
    _said("keys-of-prototypes", '{"__proto__": {"numero": 1}, "constructor": 1}', ReplyBreaksContract),
    _said("many-keys", "{" + ",".join(f'"{PRIVATE}{n}":1' for n in range(9000)) + "}", ReplyBreaksContract),
    _said("a-huge-json-text", f'{{"{PRIVATE}": "{"x" * 200_000}"}}', ReplyBreaksContract),
    _said("a-number-of-thousands-of-digits", f'{{"numero": {"9" * 5000}}}'),
    _said("json-of-no-type", "[]", ReplyBreaksContract, kind=""),
)  # fmt: skip
"""JSON, and not what was promised."""

FAULTS = (
    _said("a-problem", '{"title": "NO_EXISTE", "detail": "No existe"}', LegacySystemFault, status="400 Bad Request",
          kind="application/problem+json"),
    _said("an-error-with-500", '{"error": {"code": "E7", "message": "No existe"}}', LegacySystemFault, status="500 Oh"),
    _said("an-error-with-a-stack", f'{{"message": "No existe", "stack": "{_STACK}", "path": "/{PRIVATE}"}}',
          LegacySystemFault, status="500 Oh"),
    _said("a-stack-in-the-message", f'{{"code": "E7", "message": "No existe\\n    at {PRIVATE} (/srv/x.js:7:9)"}}',
          LegacySystemFault, status="500 Oh"),
    _said("an-address-in-the-message", f'{{"message": "Sin respuesta de https://{PRIVATE}.local:8443/a?b={PRIVATE}"}}',
          LegacySystemFault, status="500 Oh"),
    _said("an-error-of-another-shape", f'[[["{PRIVATE}"]]]', LegacySystemFault, status="500 Oh"),
    _said("an-error-that-is-no-json", f"{{{PRIVATE}", status="500 Oh"),
)  # fmt: skip
"""What a system says in JSON of its own trouble."""
