"""White space around names and references means nothing (XML Schema part 2, section 4.3.6: `collapse`).

`name=" foto"` names `foto`: names, references, numbers and addresses in WSDL and XML Schema
are of types that collapse white space. What stands for itself (`value`, `default`, `fixed`)
is left as it is.
"""

from lxml import etree

from sacbe_adapters.soap.builtins import XSD

_OURS = (f"{{{XSD}}}", "{http://schemas.xmlsoap.org/wsdl/")
"""How the tags of schemas, of WSDL and of its bindings begin."""

_THEMSELVES = frozenset({"value", "default", "fixed"})
_SIGNS = frozenset(" \t\r\n")


def collapse(document: etree._Element) -> bool:
    """Take white space off the ends of all names and references, in place; say whether there was any."""
    found = [node for node in document.iter(etree.Element) if _is_ours(node) and _collapsed(node)]
    return bool(found)


def _is_ours(node: etree._Element) -> bool:
    return str(node.tag).startswith(_OURS)


def _collapsed(node: etree._Element) -> bool:
    """Collapse one node's attributes; the spaces within a list of names are one each."""
    loose = [
        (str(name), str(text))
        for name, text in node.items()
        if name not in _THEMSELVES and text and (text[0] in _SIGNS or text[-1] in _SIGNS)
    ]
    for name, text in loose:
        node.set(name, " ".join(text.split()))
    return bool(loose)
