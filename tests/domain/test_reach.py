"""Where hectograph sends nothing: its own network, however it is written."""

from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from hectograph.domain.errors import RequestRefused
from hectograph.domain.reach import Permitted, check_url, is_global, may_connect

NOBODY = Permitted()
FRIENDS = Permitted.parse("hooks.school.example, 10.1.0.0/16, fd00:1::/32")

addresses = st.ip_addresses(v=4)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1"),
        *("172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
        *("100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1"),
        *("192.0.2.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "240.0.0.1"),
        *("255.255.255.255", "192.88.99.1", "::", "::1", "::ffff:127.0.0.1"),
        *("::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808"),
        *("64:ff9b:1::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1"),
        *("fd00:ec2::254", "ff02::1", "2001:db8::1", "2001::1", "2001:20::1"),
        *("2002:7f00:1::", "100::1", "3fff::1", "5f00::1"),
    ],
)
def test_what_is_not_of_the_whole_world_is_refused(address):
    assert not is_global(ip_address(address))
    assert not may_connect("anywhere.example", ip_address(address), permitted=NOBODY)


@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "2606:4700::1", "2a00::1"])
def test_the_rest_is_let_through(address):
    assert may_connect("anywhere.example", ip_address(address), permitted=NOBODY)


@given(addresses)
def test_no_address_gets_through_that_python_knows_as_closed(address):
    if is_global(address):
        assert address.is_global
        assert not address.is_multicast


@given(st.ip_addresses(v=6))
def test_nor_any_of_ipv6(address):
    if is_global(address):
        assert address.is_global
        assert address.ipv4_mapped is address.sixtofour is address.teredo is None


@given(addresses)
def test_an_address_within_another_never_gets_through(address):
    number = int(address)
    embedded = [
        IPv6Address((0xFFFF << 32) | number),
        IPv6Address(number),
        IPv6Address((0x0064FF9B << 96) | number),
        IPv6Address((0x2002 << 112) | (number << 80)),
    ]

    assert not any(is_global(each) for each in embedded)


@pytest.mark.parametrize(
    "url",
    [
        *("http://hooks.example/", "ftp://hooks.example/", "hooks.example/x", "https://"),
        *("https://me:secret@hooks.example/", "https://me@hooks.example/"),
        *("https://hooks.example:22/", "https://hooks.example:0/", "https://h.example:x/"),
        *("https://hooks.example/#part", "https://hooks.example\\@evil.example/"),
        *("https://hooks.exam\nple/", "https://hooks.exa mple/", "https://höoks.example/"),
        *("https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest/"),
        *(
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://0177.1/",
        ),
        *("https://127.0.0.1./", "https://[::ffff:127.0.0.1]/", "https://[fe80::1%25e]/"),
        *("https://192.168.0.1:8443/", "https://[64:ff9b::7f00:1]/", "https://-x.example/"),
        "https://hooks.example/" + "x" * 2000,
    ],
)
def test_an_address_that_nothing_is_sent_to_is_refused(url):
    with pytest.raises(RequestRefused):
        check_url(url, permitted=NOBODY)


@pytest.mark.parametrize(
    "url",
    [
        *("https://hooks.example/", "https://hooks.example:8443/x?y=1", "https://8.8.8.8/"),
        "https://[2606:4700::1]/x",
    ],
)
def test_a_receiver_on_the_internet_is_kept_as_it_is(url):
    assert check_url(f" {url} ", permitted=NOBODY) == url


def test_what_the_operator_named_may_be_anywhere():
    for url in (
        "http://hooks.school.example:9000/x",
        "http://10.1.2.3:8080/",
        "https://[fd00:1::5]:444/",
    ):
        assert check_url(url, permitted=FRIENDS) == url
    assert may_connect("HOOKS.school.example.", IPv4Address("10.9.9.9"), permitted=FRIENDS)
    assert may_connect("any.example", IPv4Address("10.1.0.7"), permitted=FRIENDS)
    assert not may_connect("any.example", IPv4Address("10.2.0.7"), permitted=FRIENDS)
    assert not may_connect(
        "x.hooks.school.example", IPv4Address("10.9.9.9"), permitted=FRIENDS
    )
    with pytest.raises(RequestRefused):
        check_url("http://any.example/", permitted=FRIENDS)


@pytest.mark.parametrize("text", ["a b", "10.0.0.0/99", "http://x", "127.1", "*.example"])
def test_what_is_no_host_and_no_network_cannot_be_permitted(text):
    with pytest.raises(ValueError, match="neither"):
        Permitted.parse(text)


@given(
    st.sampled_from(["https://", "http://", "https:", "//"]),
    st.text(st.sampled_from("aA1.:@/\\[]%#?x0f-_ \t"), min_size=1, max_size=24),
)
def test_whoever_sends_reads_the_same_host_as_whoever_checked(scheme, rest):
    with suppress(RequestRefused):
        kept = check_url(scheme + rest, permitted=FRIENDS)
        read = URL(kept, encoded=True)

        assert read.scheme == "https" or FRIENDS.has(read.host or "")
        assert read.user is read.password is None
        assert (read.port in {443, 8443}) or FRIENDS.has(read.host or "")
        host = read.host or ""
        if host.replace(".", "").isdigit() or ":" in host:
            assert may_connect(host, ip_address(host), permitted=FRIENDS)
