"""What of an upstream's own words a caller may read: the sentence, and not the machine behind it.

Many systems put into a fault's text whatever their runtime said: stacks, addresses of other
systems, places on their disk. The sentence before a stack stands as it was said; an address or a
place is replaced by an ellipsis. Of a content type only a common name is repeated.
"""

import re

CHARACTERS_MAX = 1000
"""A longer text is not meant for a person, and is cut."""

_STACK = re.compile(
    r"""\s* (?: \n\s+ (?:at|en|bei|in|w|à) [ ]          # Java, .NET and JavaScript, in several languages
            | \bat [ ] [\w.$<>`]+ \( [^()]* \)          # the same on one line
            | (?:---+>)? [ ]* Caused [ ] by:            # Java's chain
            | Traceback [ ] \(most [ ] recent           # Python
            | Stack [ ] ?trace: | \#0 [ ] )             # PHP
    """,
    re.VERBOSE | re.IGNORECASE,
)
_PLACE = re.compile(
    r"""\b [a-z][a-z0-9+.-]* :// [^\s"'<>]+              # an address
      | \b \d{1,3} (?: \. \d{1,3} ){3} (?: : \d+ )? \b   # an IPv4 address
      | \[ [0-9a-f:]*:[0-9a-f:.]* \] (?: : \d+ )?        # an IPv6 address
      | \b (?: localhost | [\w-]+ (?: \. [\w-]+ )+ ) : \d{2,5} \b   # a host with its port
      | \b [a-z] : \\ [^\s"'<>]+                         # a file of Windows
      | (?<![\w/]) / (?: [\w.@+-]+ / )+ [\w.@+-]+        # a file of Unix
    """,
    re.VERBOSE | re.IGNORECASE,
)


_CONTENT = {
    "text/html": "a web page",
    "application/xhtml+xml": "a web page",
    "text/plain": "plain text",
    "text/xml": "XML",
    "application/xml": "XML",
    "application/soap+xml": "SOAP",
    "application/json": "JSON",
    "application/problem+json": "JSON",
    "application/octet-stream": "a file",
    "application/pdf": "a PDF file",
}


def content(content_type: str) -> str:
    """Say in plain words what a Content-Type header names, without repeating it."""
    name = content_type.partition(";")[0].strip().lower()
    return _CONTENT.get(name, "content of another type" if name else "content of no type")


def readable(text: str) -> str:
    """Give a fault's text or code without stacks, addresses, places on a disk and control characters."""
    start = text[: 4 * CHARACTERS_MAX]
    stack = _STACK.search(start)
    sentence = _PLACE.sub("…", start[: stack.start()] if stack else start)
    printable = "".join(sign if sign.isprintable() else " " for sign in sentence)
    return printable.strip()[:CHARACTERS_MAX]
