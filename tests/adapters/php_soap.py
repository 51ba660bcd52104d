"""A SOAP server that is not ours: PHP's own, serving any WSDL with the answers it is told.

`invented` makes an answer for an operation from its description, in PHP's form and in ours, so
that a contract which nobody here wrote can be called on a stack which nobody here wrote.
"""

import base64
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sacbe_adapters.soap.facets import text_check
from sacbe_adapters.soap.schema import ANY
from sacbe_adapters.soap.wire_types import wire_type
from sacbe_terms.descriptions import Description, Enumeration, Field, Operation, Place, Record, Scalar

_SERVER = """<?php
$told = json_decode(file_get_contents(__DIR__ . '/told.json'), true);
class Answers {
    public function __call($name, $arguments) {
        global $told;
        $rule = $told['answers'][$name];
        $given = json_decode(json_encode($arguments[0] ?? null), true);
        if (isset($rule['fault']) && array_intersect_assoc($rule['when'], $given)) {
            $fault = $rule['fault'];
            $detail = json_decode(json_encode($fault['detail']));
            throw new SoapFault($fault['code'], $fault['text'], null, $detail, $fault['name']);
        }
        if (isset($rule['given'])) { return json_decode(json_encode($arguments[$rule['given']])); }
        if (isset($rule['twice'])) { $shared = json_decode(json_encode($rule['twice'])); return [$shared, $shared]; }
        $answer = $rule['answer'];
        foreach ($rule['echo'] ?? [] as $from => $to) { $answer[$to] = $given[$from]; }
        return $answer;
    }
}
$options = ['cache_wsdl' => WSDL_CACHE_NONE, 'soap_version' => $told['version'] === '1.2' ? SOAP_1_2 : SOAP_1_1];
$server = new SoapServer($told['wsdl'], $options);
$server->setObject(new Answers);
$server->handle();
"""

TEXTS = {
    Scalar.STRING: "00123 Ñandú & <hijos>",
    Scalar.LONG: "1234567890123",
    Scalar.DECIMAL: "10.50",
    Scalar.DATE: "2026-11-23",
    Scalar.DATE_TIME: "2026-11-23T10:30:00-06:00",
    Scalar.TIME: "10:30:00",
    Scalar.DURATION: "P1Y2M",
}
"""What invented texts say, by scalar."""


PARTICULAR = ("AA-1", "1", "Ñandú", "a")
"""Texts for fields that ask for more than a type."""


@cache
def is_there() -> bool:
    """Say whether PHP and its SOAP module are installed."""
    php = shutil.which("php")
    if php is None:
        return False
    return "soap" in subprocess.run([php, "-m"], capture_output=True, text=True, check=True).stdout.split()


@contextmanager
def serving(wsdl: Path, answers: Mapping[str, object], folder: Path, *, version: str = "1.1") -> Iterator[str]:
    """Serve a WSDL on a free port and give the address; each answer is `{"answer": ...}` and may tell a fault.

    `{"given": 0}` answers with the first argument, `{"twice": ...}` with one object in two places.
    """
    if not is_there():
        pytest.skip("needs php-soap (apt-get install php-cli php-soap)")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "server.php").write_text(_SERVER)
    told = {"wsdl": str(wsdl.resolve()), "answers": answers, "version": version}
    (folder / "told.json").write_bytes(msgspec.json.encode(told))
    php = subprocess.Popen(
        ["php", "-S", "127.0.0.1:0", str(folder / "server.php")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert php.stderr is not None
    try:
        line = php.stderr.readline()
        yield line.partition("(")[2].partition(")")[0]
    finally:
        php.kill()
        php.wait()
        php.stderr.close()


def invented(description: Description, operation: Operation) -> tuple[Any, Any]:
    """Give an answer to an operation: as PHP's handler returns it, and as an adapter must give it."""
    kind, result = operation.binding["result"], operation.result
    if kind == "nothing":
        return {}, True
    theirs, ours = _value(description, result, depth=0)
    return ({_local(result.wire): theirs} if kind == "child" else theirs), ours


def example(description: Description, field: Field) -> Any:
    """Give an argument that fits a field."""
    return _value(description, field, depth=0)[1]


def _value(description: Description, field: Field, depth: int) -> tuple[Any, Any]:
    wire = wire_type(field)
    theirs, ours = _one(description, field, depth)
    if wire.is_list:
        theirs, ours = [theirs, theirs], [ours, ours]
    for item in reversed(wire.array_items):
        theirs, ours = {_local(item): [theirs]}, [ours]
    return ([theirs], [ours]) if wire.is_repeated else (theirs, ours)


def _one(description: Description, field: Field, depth: int) -> tuple[Any, Any]:
    named = description.types.get(field.type)
    if isinstance(named, Record):
        return _record(description, named, depth + 1)
    if isinstance(named, Enumeration):
        return named.values[0].wire, named.values[0].name
    scalar = Scalar(field.type)
    if scalar is Scalar.BASE64:
        return "sacbé", base64.b64encode("sacbé".encode()).decode()
    plain: dict[Scalar, Any] = {Scalar.BOOLEAN: True, Scalar.INT: 7, Scalar.FLOAT: 1.5}
    value = plain.get(scalar, TEXTS.get(scalar))
    value = _fitting(field, value) if isinstance(value, str) else value
    return value, value


def _fitting(field: Field, usual: str) -> str:
    """Give the first text that the field's facets allow."""
    check = text_check(field)
    for text in (usual, *PARTICULAR):
        with suppress(ValueError):
            check(text)
            return text
    raise LookupError(f"no text at hand fits the field '{field.name}'")


def _record(description: Description, record: Record, depth: int) -> tuple[Any, Any]:
    theirs, ours = {}, {}
    for field in record.fields:
        if field.wire == ANY or (depth > 3 and not field.is_required):
            continue
        key = "_" if field.place is Place.TEXT else _local(field.wire)
        theirs[key], ours[field.name] = _value(description, field, depth)
    return theirs, ours


def _local(wire: str) -> str:
    return wire.rpartition("}")[2]
