"""Which addresses may be connected to, row by row of the registries that say what they are for."""

from __future__ import annotations

import ipaddress
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_sender.network.addresses import may_connect

PUBLIC = ["93.184.215.14", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "2606:2800:21f::1"]
# In a VPC, and only with the sender's switch.
PRIVATE = ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fc00::1", "fd12:3456::1"]
NEVER = {
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "link-local": ["169.254.1.1", "fe80::1", "fe80::1%eth0", "febf::1"],
    "metadata of instances and containers": ["169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254"],
    "time and name servers of AWS": ["169.254.169.123", "169.254.169.253", "fd00:ec2::123", "fd00:ec2::253"],
    "unspecified, this network": ["0.0.0.0", "0.1.2.3", "::"],
    "multicast, broadcast": ["224.0.0.1", "239.255.255.255", "255.255.255.255", "ff02::1", "ff0e::1"],
    "reserved": ["240.0.0.1", "192.0.0.1", "198.18.0.1", "198.19.255.255", "192.88.99.1", "5f00::1", "fec0::1"],
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
    "IPv4 in disguise": ["::ffff:8.8.8.8", "::ffff:127.0.0.1", "::8.8.8.8", "2002:808:808::1", "2001:0:808:808::1"],
    "no address": ["", "provider.example", "8.8.8", "08.8.8.8", "8.8.8.8/32", "[2606::1]"],
}


def test_a_public_address_is_good(subtests: pytest.Subtests) -> None:
    for address, allow_private in product(PUBLIC, [True, False]):
        with subtests.test(address=address, allow_private=allow_private):
            assert may_connect(address, allow_private=allow_private)


def test_a_private_address_is_good_only_where_a_sender_says_so(subtests: pytest.Subtests) -> None:
    for address in PRIVATE:
        with subtests.test(address=address):
            assert not may_connect(address, allow_private=False)
            assert may_connect(address, allow_private=True)


def test_an_address_with_a_special_purpose_is_never_good(subtests: pytest.Subtests) -> None:
    for kind, addresses in NEVER.items():
        for address, allow_private in product(addresses, [True, False]):
            with subtests.test(kind, address=address, allow_private=allow_private):
                assert not may_connect(address, allow_private=allow_private)


@pytest.mark.parametrize(
    ("inside", "public", "private"),
    [("93.184.215.14", True, True), ("10.0.0.1", False, True), ("169.254.169.254", False, False)],
)
def test_of_the_ipv4_internet_seen_from_ipv6_the_address_inside_decides(
    inside: str, public: bool, private: bool
) -> None:
    address = f"64:ff9b::{inside}"
    assert (may_connect(address, allow_private=False), may_connect(address, allow_private=True)) == (public, private)


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_good_without_the_switch(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    """An oracle that knows less: it lets some of ours pass, but nothing that it refuses passes here."""
    if address in ipaddress.ip_network("64:ff9b::/96"):
        return  # see above
    if address.is_private or address.is_multicast or address.is_reserved or address.is_loopback:
        assert not may_connect(str(address), allow_private=False)
