"""Illnesses of a reply's content that every adapter can meet: pages, redirects, nothing, binary, other charsets."""

from sacbe_adapters.conformance.illness import PRIVATE, Illness, reply
from sacbe_terms.errors import AdapterError, ReplyNotReadable

_PAGE = f"<!DOCTYPE html><html><body><h1>Sitio en mantenimiento</h1><!-- {PRIVATE} --></body></html>".encode()
_STACK = f"""java.lang.NullPointerException: {PRIVATE}
\tat gt.gob.{PRIVATE}.Persona.leer(Persona.java:77)
\tat org.apache.catalina.core.StandardWrapper.invoke(StandardWrapper.java:12)
""".encode()


def _page(name: str, status: str, *, kind: str = "text/html", body: bytes = _PAGE, more: str = "") -> Illness:
    return Illness(name=name, says=lambda _: [reply(body, status=status, kind=kind, more=more)], error=ReplyNotReadable)


def _data(name: str, body: bytes, *, more: str = "", error: type[AdapterError] = ReplyNotReadable) -> Illness:
    """The media type that was asked for, with `more` after it, and this body."""
    return Illness(name=name, says=lambda kind: [reply(body, kind=kind + more)], error=error)


def _redirect(name: str, status: str, location: str) -> Illness:
    return _page(name, status, kind="", body=b"", more=f"Location: {location}\r\n" if location else "")


PAGES = (
    _page("html-with-200", "200 OK"),
    _page("html-with-404", "404 Not Found"),
    _page("html-with-429", "429 Too Many Requests", more="Retry-After: 99999\r\n"),
    _page("html-with-500", "500 Internal Server Error"),
    _page("html-with-502", "502 Bad Gateway"),
    _page("html-with-503", "503 Service Unavailable"),
    _page("html-with-a-refresh", "200 OK", more="Refresh: 0; url=http://127.0.0.1:1/\r\n"),
    _page("sign-in-page", "401 Unauthorized", more=f'WWW-Authenticate: Basic realm="{PRIVATE}"\r\n'),
    _page("proxy-wants-a-password", "407 Proxy Authentication Required"),
    _page("page-of-no-type", "200 OK", kind=""),
    _page("stack-as-text", "500 Oh", kind="text/plain", body=_STACK),
    _page("a-picture", "200 OK", kind="image/png", body=b"\x89PNG\r\n\x1a\n" + PRIVATE.encode()),
    _page("an-archive", "200 OK", kind="application/octet-stream", body=b"PK\x03\x04" + PRIVATE.encode()),
    _page("a-type-of-its-own", "200 OK", kind=f"application/{PRIVATE}", body=b"{}"),
    _page("parts-without-a-boundary", "200 OK", kind="multipart/related", body=b"--x\r\n\r\n<a/>\r\n--x--\r\n"),
    _page("empty-with-500", "500 Oh", body=b""),
)
"""A page, or a file, in place of an answer."""

REDIRECTS = (
    _redirect("redirect", "302 Found", "http://127.0.0.1:1/"),
    _redirect("redirect-to-itself", "301 Moved", "/redirect-to-itself"),
    _redirect("redirect-to-a-private-address", "307 Temporary Redirect", "http://169.254.169.254/latest/"),
    _redirect("redirect-to-a-file", "308 Permanent Redirect", "file:///etc/passwd"),
    _redirect("redirect-after-posting", "303 See Other", "https://ministry.example/"),
    _redirect("redirect-to-nowhere", "302 Found", ""),
    _redirect("many-choices", "300 Multiple Choices", "http://127.0.0.1:1/"),
    _redirect("not-modified", "304 Not Modified", ""),
)
"""None of these is ever followed."""

DATA = (
    _data("html-said-to-be-data", _PAGE),
    _data("stack-said-to-be-data", _STACK),
    _data("empty-with-200", b""),
    _data("only-spaces", b" \r\n\t \n"),
    _data("only-a-byte-order-mark", b"\xef\xbb\xbf"),
    _data("bytes-of-no-text", b"\x00\xff\xfe\x01"),
    _data("half-a-letter", b"\xc3"),
    _data("packed-and-not-said-so", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03secreto"),
    _data("charset-that-nobody-knows", b"<a/>", more=f"; charset=x-{PRIVATE}"),
    _data("charset-that-hides", b"+ADwAIQ-DOCTYPE a+AD4-", more="; charset=utf-7"),
    _data("charset-that-is-no-charset", b"<a/>", more="; charset=base64"),
    _data("bytes-of-another-charset", b"<a>\xe1\xe9</a>", more="; charset=utf-8"),
    _data("wide-letters-said-to-be-narrow", '{"a": "<a/>"}'.encode("utf-32"), more="; charset=us-ascii"),
    _data("text-after-the-end", b"<a/>{}"),
    _data("nul-at-the-end", b"<a/>\0"),
)
"""It is said to be an answer and is none, in any format."""
