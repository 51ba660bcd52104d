"""The outgoing-address guard: what is allowed out, judged before any connection."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sacbe_adapters import guard
from sacbe_terms.errors import AddressRefused

MALFORMED = """
https://user@ministry.example/
https://user:secret@ministry.example/
https://ministry.example@127.0.0.1/
https://127.0.0.1\\@ministry.example/
https://ministry.example\\.evil.example/
https:\\\\ministry.example/
https:ministry.example
https:/ministry.example/
https:///path
https://
https://:443/
https://ministry.example:0/
https://ministry.example:65536/
https://ministry.example:99999999/
https://ministry.example:-1/
https://ministry.example:80:80/
https://ministry.example:https/
http://2130706433/
https://0x7f000001/
https://0x7f.0.0.1/
https://0177.0.0.1/
https://127.1/
https://127.0.1/
https://0/
https://127.0.0.1.0x1/
https://010.0.0.1/
https://256.1.1.1/
https://1.2.3.4.5/
https://127.0.0.01/
https://0x/
https://[::1/
https://::1/
https://[fe80::1%25eth0]/
https://[fe80::1%eth0]/
https://[v1.fe80]/
https://[::1]evil.example/
https://[::ffff:127.0.0.1.example]/
https://[]/
https://１２７.0.0.1/
https://ministerio.gób.example/
https://①②⑦.0.0.1/
https://ministry。example/
https://ministry%2eexample/
https://%31%32%37.0.0.1/
https://-ministry.example/
https://ministry-.example/
https://ministry..example/
https://.example/
https://min istry.example/
https://ministry.example/a b
https://ministry.example/{id}
https://ministry.example/<script>
https://ministry.example/"
https://ministry.example/`id`
ftp://ministry.example/
file:///etc/passwd
gopher://ministry.example/
javascript:alert(1)
data:text/xml,<a/>
unix:/var/run/postgres
jar:https://ministry.example!/x
//ministry.example/
ministry.example
/etc/passwd
"""

CONTROL = ["\r", "\n", "\t", "\0", "\x7f", "\x85", "\u2028", "\u202e", "\u00ad", "\ufeff"]

SPECIAL = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.255.255.255 169.254.169.254
172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.170 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255
198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
:: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 100::1
2001::1 2001:0:7f00:1:: 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:808:808:: 3fff::1 5f00::1
fc00::1 fd12:3456::1 fe80::1 fec0::1 ff02::1 ff0e::1
"""

GLOBAL = "8.8.8.8 1.1.1.1 100.63.255.255 100.128.0.0 172.32.0.1 198.20.0.1 2606:4700::1111 2a00:1450::1"

LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.mark.parametrize("address", MALFORMED.strip().splitlines())
def test_refuses_what_can_be_read_in_two_ways(address: str) -> None:
    """No form that two programs could read differently is taken apart at all."""
    with pytest.raises(AddressRefused):
        guard.examine(address)


@pytest.mark.parametrize("sign", CONTROL)
@pytest.mark.parametrize("form", ["{}https://ministry.example/", "https://min{}istry.example/", "https://a.example/{}"])
def test_refuses_signs_that_cannot_be_seen(form: str, sign: str) -> None:
    """Control characters and invisible signs are refused anywhere in an address."""
    with pytest.raises(AddressRefused):
        guard.examine(form.format(sign))


@pytest.mark.parametrize("answer", SPECIAL.split())
def test_refuses_every_special_range(answer: str) -> None:
    """A name that leads into a private, local, translated or documentation range is refused."""
    target = guard.examine("https://ministry.example/")
    assert not guard.is_global(ip_address(answer))
    with pytest.raises(AddressRefused, match="private or special"):
        guard.judge(target, [ip_address(answer)], ())


@pytest.mark.parametrize("answer", GLOBAL.split())
def test_lets_https_out_to_global_addresses(answer: str) -> None:
    """A global address is allowed under https, and never under http."""
    guard.judge(guard.examine("https://ministry.example/"), [ip_address(answer)], ())
    with pytest.raises(AddressRefused, match="not https"):
        guard.judge(guard.examine("http://ministry.example/"), [ip_address(answer)], ())


def test_one_bad_answer_refuses_the_name() -> None:
    """A name with one global and one private answer is refused whichever comes first."""
    target = guard.examine("https://ministry.example/")
    answers = [ip_address("8.8.8.8"), ip_address("10.0.0.1")]
    for order in (answers, answers[::-1]):
        with pytest.raises(AddressRefused):
            guard.judge(target, order, ())
    with pytest.raises(AddressRefused, match="no address"):
        guard.judge(target, [], ())


def test_allowed_networks_open_what_they_name_and_no_more() -> None:
    """Inside an allowed network http and private addresses are taken; beside it nothing changes."""
    near = guard.examine("http://127.0.0.1:8001/soap?wsdl")
    guard.judge(near, [ip_address("127.0.0.1")], LOOPBACK)
    for answers in (["10.0.0.1"], ["127.0.0.1", "10.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["::ffff:127.0.0.1"], ["::1"]):
        with pytest.raises(AddressRefused):
            guard.judge(near, [ip_address(answer) for answer in answers], LOOPBACK)


def test_takes_addresses_apart() -> None:
    """Host, port, path and the Host header come out in one form each."""
    plain = guard.examine("HTTPS://Ministry.Example./a%20b;c?d=1&e=//f#gone")
    assert (plain.scheme, plain.host, plain.port, plain.path) == (
        "https",
        "ministry.example",
        443,
        "/a%20b;c?d=1&e=//f",
    )
    assert plain.host_header == "ministry.example"
    six = guard.examine("https://[2A00:1450::1]:8443")
    assert (six.host, six.port, six.path, six.host_header) == ("2a00:1450::1", 8443, "/", "[2a00:1450::1]:8443")


async def test_resolves_literals_without_a_resolver() -> None:
    """A literal address is its own only answer."""
    assert await guard.resolve(guard.examine("https://8.8.8.8/")) == (ip_address("8.8.8.8"),)
    assert await guard.resolve(guard.examine("https://[::1]/")) == (ip_address("::1"),)


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60))
def test_any_text_is_judged_without_a_crash(text: str) -> None:
    """Whatever is given as an address is either taken apart into printable ASCII or refused."""
    for address in (text, f"https://{text}", f"https://ministry.example/{text}"):
        try:
            target = guard.examine(address)
        except AddressRefused:
            continue
        assert f"{target.host_header}{target.path}".isascii()
        assert f"{target.host_header}{target.path}".isprintable()


@settings(deadline=None, max_examples=60)
@given(st.ip_addresses())
def test_nothing_python_calls_private_is_global_here(address: guard.IPAddress) -> None:
    """Our list is never more open than Python's own."""
    if address.is_private or address.is_multicast or address.is_reserved:
        assert not guard.is_global(address)
