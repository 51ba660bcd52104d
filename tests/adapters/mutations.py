"""Documents changed at random: cut off, with parts moved, swapped, renamed, led in circles, or made absurd.

What a hand or a generator does to a description by mistake; what is left need not be a
description at all. Every change is told by the random source alone, so a failure comes again.
"""

from copy import deepcopy
from random import Random
from typing import Any

from lxml import etree

CHANGES_MAX = 4
"""Changes that one document suffers at a time."""

ABSURD_VALUES: tuple[Any, ...] = (
    *("", None, 0, -1, 1.5, True, [], {}, "dos palabras", "ñ", "__a", "1er", "😀", "#/", "x" * 300, 10**40, [[]]),
    *({"": {}}, {"$ref": "#"}, {"$ref": "#/paths"}, {"$ref": 7}, {"$ref": "#/no/esta"}, {"allOf": []}, {"oneOf": [{}]}),
    *({"type": 7}, {"format": {}}, {"enum": {}}, {"properties": []}, {"items": []}, {"required": "a"}),
)
KEYS = (
    *("", "ñ", "$ref", "type", "items", "allOf", "oneOf", "anyOf", "properties", "required", "enum", "nullable"),
    *("discriminator", "additionalProperties", "in", "name", "schema", "content", "servers", "security", "default"),
    *("format", "pattern", "minimum", "maxLength", "style", "explode", "encoding", "readOnly"),
)
ABSURD_TEXTS = (
    *("", " ", "dos palabras", "1er", "ñ", "😀", "::", ":a", "tns:", "tns:nada", "nadie:nada", "{a}b", "x" * 300),
    *("-1", "99999999999999999999", "unbounded", "true", "encoded", "rpc", "xs:string", "xs:nada", "http://["),
)
ATTRIBUTES = (
    *("name", "type", "ref", "base", "minOccurs", "maxOccurs", "use", "element", "message", "binding", "part", "parts"),
    *("style", "transport", "soapAction", "namespace", "targetNamespace", "location", "itemType", "memberTypes"),
    *("substitutionGroup", "abstract", "nillable", "form", "mixed", "default", "fixed", "value"),
)


def changed_json(root: Any, random: Random) -> Any:
    """Give a copy of a document of plain values that has suffered some changes."""
    root = deepcopy(root)
    for _ in range(random.randint(1, CHANGES_MAX)):
        steps = list(_steps(root))
        if steps:
            _change(root, *random.choice(steps), steps, random)
    return root


def _steps(value: Any) -> list[tuple[Any, Any, str]]:
    """Give each container with each of its keys, and the pointer to what stands there."""
    found: list[tuple[Any, Any, str]] = []
    waiting = [(value, "#")]
    while waiting:
        container, at = waiting.pop()
        keys = list(container) if isinstance(container, dict) else range(len(container))
        for key in keys:
            place = f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}"
            found.append((container, key, place))
            if isinstance(container[key], dict | list):
                waiting.append((container[key], place))
    return found


def _change(root: Any, container: Any, key: Any, _: str, steps: list[tuple[Any, Any, str]], random: Random) -> None:
    other, other_key, other_place = random.choice(steps)
    match random.choice(("absurd", "gone", "copied", "renamed", "circle", "swapped")):
        case "absurd":
            container[key] = deepcopy(random.choice(ABSURD_VALUES))
        case "gone":
            del container[key]
        case "copied":
            container[key] = deepcopy(other[other_key])
        case "renamed" if isinstance(container, dict):
            container[random.choice(KEYS)] = container.pop(key)
        case "circle":
            container[key] = {"$ref": other_place}
        case _:
            mine, theirs = deepcopy(container[key]), deepcopy(other[other_key])
            container[key], other[other_key] = theirs, mine


def changed_xml(document: bytes, random: Random) -> bytes:
    """Give a document that has suffered some changes, and is XML still."""
    root = etree.fromstring(document)
    for _ in range(random.randint(1, CHANGES_MAX)):
        nodes = list(root.iter(etree.Element))
        _change_node(random.choice(nodes), nodes, random)
    return etree.tostring(root)


def _change_node(node: etree._Element, nodes: list[etree._Element], random: Random) -> None:
    other, parent = random.choice(nodes), node.getparent()
    told = [text for one in random.sample(nodes, min(len(nodes), 10)) for text in one.attrib.values()]
    match random.choice(("absurd", "gone", "other", "added", "renamed", "moved", "removed")):
        case "absurd" if node.attrib:
            node.set(random.choice(node.keys()), random.choice(ABSURD_TEXTS))
        case "gone" if node.attrib:
            del node.attrib[random.choice(node.keys())]
        case "other" if node.attrib and told:
            node.set(random.choice(node.keys()), random.choice(told))
        case "added":
            node.set(random.choice(ATTRIBUTES), random.choice([*ABSURD_TEXTS, *told]))
        case "renamed":
            node.tag = other.tag
        case "moved":
            other.append(deepcopy(node))
        case _ if parent is not None:
            parent.remove(node)
