"""Address forms of our own making, each tried over the real way out: none reaches a server on this machine."""

import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address, ip_network

import pytest

from sacbe_adapters import guard
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.errors import AddressRefused
from tests.adapters.wire import Wire, http, saying

HOSTS = """
127.0.0.1 127.0.0.1. 127.1 127.0.1 127.000.000.001 127.0.0.1.1 0127.0.0.1 0177.0.0.1 0177.1 00177.0.0.1 0x7f.0.0.1
0x7f.1 0x7f000001 0X7F000001 0x000007f000001 2130706433 2130706433. 017700000001 0 0.0.0.0 0x0 00 0.0 127.255.255.254
127.0.0.1%00 127.0.0.1%2e 127.0.0.1%20 127%2e0%2e0%2e1 %31%32%37.0.0.1 127.0.0.1\\t 127.0.0.1\\n 127.0.0.1\\0
localhost LOCALHOST localhost. LocalHost.. localhost.localdomain ip6-localhost ip6-loopback localhost%00
[::1] [0:0:0:0:0:0:0:1] [::0001] [::] [0::0] [::127.0.0.1] [::7f00:1] [::ffff:127.0.0.1] [::ffff:7f00:1]
[0:0:0:0:0:ffff:127.0.0.1] [::FFFF:127.0.0.1] [::ffff:0:127.0.0.1] [::ffff:0:0:127.0.0.1] [64:ff9b::127.0.0.1]
[64:ff9b::7f00:1] [64:ff9b:1::127.0.0.1] [64:ff9b:1:ffff::7f00:1] [2002:7f00:1::] [2002:7f00:1::1] [2001:0:7f00:1::]
[2001:0:4136:e378:8000:63bf:80ff:fffe] [fe80::1] [fe80::1%lo] [fe80::1%25lo] [fe80::1%251] [::1%lo] [::1%25lo] [::1%1]
[fec0::1] [fc00::1] [fd00::1] [ff02::1] [ff01::1] [ff05::1:3] [100::1] [2001:db8::1] [2001:2::1] [2001:10::1]
[2001:20::1] [3fff::1] [5f00::1] [::1]. [::1 ::1] ::1 [127.0.0.1] [v1.127.0.0.1] [1] [] [::ffff:127.1]
[::ffff:0x7f.0.0.1]
10.0.0.1 10.255.255.254 172.16.0.1 172.31.255.254 192.168.0.1 192.168.1.254 169.254.169.254 169.254.0.1 100.64.0.1
100.100.100.200 192.0.0.192 192.0.0.8 192.0.2.1 192.88.99.1 198.18.0.1 198.19.255.254 198.51.100.1 203.0.113.1
224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 0.1.2.3 0xa9fea9fe 2852039166 0251.0376.0251.0376 169.254.43518
user@127.0.0.1 user:password@127.0.0.1 ministry.example@127.0.0.1 127.0.0.1@ministry.example @127.0.0.1
ministry.example%40127.0.0.1 ministry.example#@127.0.0.1 ministry.example?@127.0.0.1 ministry.example\\\\@127.0.0.1
127.0.0.1\\\\.ministry.example 127.0.0.1:80@ministry.example ministry.example:80@127.0.0.1:80
１２７.0.0.1 127。0。0。1 127｡0｡0｡1 127．0．0．1 ①②⑦.0.0.1 ⑫⑦.⓪.⓪.① ｌocalhost ⓛⓞⓒⓐⓛⓗⓞⓢⓣ loc\\u00adalhost
loc\\u200balhost \\u2028localhost localhost\\ufeff 127.0.0.1\\u202e local\\u0085host ١٢٧.٠.٠.١
"""
"""What may stand as a host; `\\t` and its like stand for the character itself."""

SHAPES = (
    "{scheme}://{host}:{port}/", "{scheme}:{host}:{port}/", "{scheme}:/{host}:{port}/", "{scheme}:\\\\{host}:{port}/",
    "{scheme}:///{host}:{port}/", "//{host}:{port}/", " {scheme}://{host}:{port}/", "{scheme}://{host}:{port}:{port}/",
    "\t{scheme}://{host}:{port}/", "{scheme}\r://{host}:{port}/", "{scheme}://{host}\n:{port}/", "url:{scheme}://{host}:{port}/",
    "view-source:{scheme}://{host}:{port}/", "ftp://{host}:{port}/", "gopher://{host}:{port}/_GET", "ws://{host}:{port}/",
    "dict://{host}:{port}/x", "ldap://{host}:{port}/", "jar:{scheme}://{host}:{port}!/", "file://{host}:{port}/etc/passwd",
    "{scheme}://{host}:+{port}/", "{scheme}://{host}:0{port}0000/", "{scheme}://{host}: {port}/",
)  # fmt: skip
"""Ways to write an address around a host and a port."""

REBINDING = (
    ("127.0.0.1",), ("8.8.8.8", "127.0.0.1"), ("127.0.0.1", "8.8.8.8"), ("8.8.8.8", "10.0.0.1"), ("::ffff:127.0.0.1",),
    ("2606:4700::1111", "::1"), ("8.8.8.8", "64:ff9b::7f00:1"), ("8.8.8.8", "2002:7f00:1::"), ("0.0.0.0",), (),
)  # fmt: skip
"""What a name may be said to lead to."""


def hosts() -> list[str]:
    """The hosts with their escapes meant."""
    return [
        text.replace("\\\\", "\\") if "\\\\" in text else text.encode("raw_unicode_escape").decode("unicode_escape")
        if "\\" in text else text
        for text in HOSTS.split()
    ]  # fmt: skip


@asynccontextmanager
async def listening() -> AsyncIterator[Wire]:
    """A server on this machine that must hear nothing."""
    async with saying(http(b"ok")) as wire:
        yield wire
    assert wire.heard == []


async def refused(transport: HttpTransport, address: str) -> None:
    """The address is refused before any connection is made."""
    with pytest.raises(AddressRefused):
        await transport.send(
            "GET",
            address,
            headers={},
            body=None,
            deadline=time.monotonic() + 5,
            reply_bytes_max=1000,
            name="GT/GOV/2001/registro/personas/consultar",
        )


@pytest.fixture
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name leads to this machine, so that a form which passes for a name is caught at the server."""

    async def resolve(target: guard.Target) -> tuple[guard.IPAddress, ...]:
        try:
            return (ip_address(target.host),)
        except ValueError:
            return (ip_address("127.0.0.1"),)

    monkeypatch.setattr(guard, "resolve", resolve)


def test_there_are_many_forms() -> None:
    """More than a hundred and thirty hosts and shapes, none twice."""
    forms = [*hosts(), *SHAPES]
    assert len(forms) == len(set(forms))
    assert len(forms) > 130


@pytest.mark.usefixtures("only_loopback")
async def test_no_form_of_a_host_leads_inside() -> None:
    """However a private or local host is written, it is refused, over https and over http."""
    async with listening() as wire:
        for host in hosts():
            for scheme in ("http", "https"):
                await refused(HttpTransport([]), f"{scheme}://{host}:{wire.port}/")


@pytest.mark.usefixtures("only_loopback")
async def test_no_shape_of_an_address_leads_inside() -> None:
    """However the parts are put together, the address is refused; beside an allowed network only one shape is one."""
    async with listening() as wire:
        for shape in SHAPES:
            for host in ("127.0.0.1", "localhost"):
                await refused(HttpTransport([]), shape.format(scheme="http", host=host, port=wire.port))
        for shape in SHAPES[1:]:
            address = shape.format(scheme="http", host="127.0.0.1", port=wire.port)
            await refused(HttpTransport([ip_network("127.0.0.0/8")]), address)


@pytest.mark.parametrize("answers", REBINDING, ids="+".join)
async def test_a_name_that_turns_is_refused_at_that_call(
    answers: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that led to a public address is judged anew at the next connection, and every answer counts."""

    async def lead(_: object) -> tuple[guard.IPAddress, ...]:
        return tuple(map(ip_address, answers))

    monkeypatch.setattr(guard, "resolve", lead)
    async with listening() as wire:
        await refused(HttpTransport([]), f"https://ministry.example:{wire.port}/")


def test_the_resolver_of_this_machine_reads_such_forms() -> None:
    """The forms are worth refusing: the system's own resolver takes several of them for this machine."""
    taken = [host for host in ("127.1", "0x7f.1", "2130706433", "017700000001") if _leads_here(host)]
    assert taken


def _leads_here(host: str) -> bool:
    return socket.inet_aton(host) == b"\x7f\0\0\x01"
