"""RDF/XML out (RDF 1.1 XML Syntax), for harvesters that read nothing else.

A property whose IRI does not end in an XML name, and control characters, which XML 1.0 knows none of, cannot be said
in this syntax: the first are left out, the second replaced by U+FFFD. JSON-LD and Turtle hold everything.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from lxml import etree

from sacbe_catalog.cpsv_ap.labels import Labels
from sacbe_catalog.cpsv_ap.statements import RDF, Items, Literal, Statement, Value
from sacbe_catalog.cpsv_ap.vocabulary import PREFIXES

MEDIA_TYPE: Final = "application/rdf+xml"

_NAME: Final = re.compile(r"(.*[/#:])([A-Za-z_][A-Za-z0-9_.-]*)")
_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


def serialise(statements: Iterable[Statement], labels: Labels) -> bytes:
    """Write statements, which must be in order, as RDF/XML."""
    root = etree.Element(f"{{{RDF}}}RDF", nsmap=dict(PREFIXES))
    for subject, about in groupby(statements, key=lambda one: one.subject):
        node = etree.SubElement(root, f"{{{RDF}}}Description")
        _name(node, subject, labels, "about")
        for one in about:
            _property(node, one, labels)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)


def _property(node: etree._Element, one: Statement, labels: Labels) -> None:
    split = _NAME.fullmatch(one.predicate)
    if split:
        _say(etree.SubElement(node, f"{{{split[1]}}}{split[2]}"), one.value, labels)


def _say(element: etree._Element, value: Value, labels: Labels) -> None:
    if isinstance(value, Items):
        _list(element, value.items, labels)
    elif isinstance(value, Literal):
        element.text = _NO_XML.sub("\N{REPLACEMENT CHARACTER}", value.value)
        if value.language:
            element.set(_LANG, value.language)
        elif value.datatype:
            element.set(f"{{{RDF}}}datatype", value.datatype)
    else:
        _name(element, value, labels, "resource")


def _list(element: etree._Element, items: Sequence[str | Literal], labels: Labels) -> None:
    """Write a list pair by pair: the short form holds no literals."""
    for item in items:
        pair = etree.SubElement(element, f"{{{RDF}}}Description")
        _say(etree.SubElement(pair, f"{{{RDF}}}first"), item, labels)
        element = etree.SubElement(pair, f"{{{RDF}}}rest")
    element.set(f"{{{RDF}}}resource", f"{RDF}nil")


def _name(element: etree._Element, iri: str, labels: Labels, attribute: str) -> None:
    if label := labels.of(iri):
        element.set(f"{{{RDF}}}nodeID", label.removeprefix("_:"))
    else:
        element.set(f"{{{RDF}}}{attribute}", iri)
