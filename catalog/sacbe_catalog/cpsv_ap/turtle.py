"""Turtle in and out: parsed by rdflib, written here so that equal graphs give equal bytes."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from rdflib.plugins.parsers.notation3 import BadSyntax

from sacbe_catalog.cpsv_ap.collect import Collector, TooMuch, parsing
from sacbe_catalog.cpsv_ap.labels import Labels
from sacbe_catalog.cpsv_ap.statements import TYPE, Items, Literal, Statement, Value
from sacbe_catalog.cpsv_ap.vocabulary import PREFIXES, short
from sacbe_terms.errors import ImportRefused, Problem

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def parse(data: bytes, *, file: str, base_iri: str) -> Collector:
    """Read a Turtle document; raises ImportRefused with the line where it breaks off."""
    collector = Collector(file=file)
    try:
        with parsing():
            collector.parse(data=data.decode("utf-8-sig"), format="turtle", publicID=base_iri)
    except UnicodeDecodeError as error:
        raise _refused(f"{file}: byte {error.start}", "the file is not UTF-8", "Save it as UTF-8.") from error
    except BadSyntax as error:
        reason, line = str(error._why), error.lines + 1
        raise _refused(f"{file}: line {line}", f"not Turtle: {reason}", "Mend the syntax at or before it.") from error
    except RecursionError as error:
        raise _refused(file, "brackets are nested too deeply", "Name the inner nodes.") from error
    except TooMuch as error:
        raise _refused(file, f"the file makes {error}", "Import it in parts.") from error
    except Exception as error:  # the parser is not ours, and whatever it trips over is the file's fault
        raise _refused(file, "the file cannot be read as Turtle", "Check its prefixes and escapes.") from error
    return collector


def _refused(where: str, reason: str, hint: str) -> ImportRefused:
    return ImportRefused(where.split(": ")[0], [Problem(where=where, reason=reason, hint=hint)])


def serialise(statements: Iterable[Statement], labels: Labels) -> bytes:
    """Write statements, which must be in order, as Turtle with our prefixes."""
    lines = [f"@prefix {prefix}: <{namespace}> ." for prefix, namespace in PREFIXES.items()]
    for subject, about in groupby(statements, key=lambda one: one.subject):
        lines += ["", " ;\n".join(_predicates(subject, about, labels)) + " ."]
    return ("\n".join(lines) + "\n").encode()


def _predicates(subject: str, about: Iterable[Statement], labels: Labels) -> Iterator[str]:
    lead = _term(subject, labels)
    for predicate, group in groupby(about, key=lambda one: one.predicate):
        verb = "a" if predicate == TYPE else _term(predicate, labels)
        yield f"{lead} {verb} " + " , ".join(_term(one.value, labels) for one in group)
        lead = "   "


def _term(value: Value, labels: Labels) -> str:
    if isinstance(value, Items):
        return "( " + " ".join(_term(item, labels) for item in value.items) + " )"
    if isinstance(value, Literal):
        return _literal(value, labels)
    if label := labels.of(value):
        return label
    prefixed = short(value)
    return prefixed if prefixed != value else f"<{value}>"


def _literal(literal: Literal, labels: Labels) -> str:
    text = '"' + "".join(_escaped(character) for character in literal.value) + '"'
    if literal.language:
        return f"{text}@{literal.language}"
    return f"{text}^^{_term(literal.datatype, labels)}" if literal.datatype else text


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return character if character.isprintable() else f"\\U{ord(character):08X}"
