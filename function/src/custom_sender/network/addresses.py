"""Which addresses the function may connect to: a host of the configuration must not lead into our own network.

A name is somebody else's to change. It could resolve to 169.254.169.254, to the Lambda runtime's own API on loopback or
to a database in the VPC. That would make the function the tool of the name's holder. So it is the address that is
judged, after resolution, and the connection goes to that very address.

Sources: the IANA registries of special-purpose addresses (iana-ipv4-special-registry, iana-ipv6-special-registry; RFC
6890), RFC 6052 for 64:ff9b::/96, and the metadata addresses of AWS
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html). The tables are our own and not
``ipaddress.is_global``, whose answers differ between Python versions.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Any, Final

from custom_sender.network.requests import RequestRefused

if TYPE_CHECKING:
    from collections.abc import Iterable

# Where a VPC's hosts are: RFC 1918, RFC 6598 (a VPC may use it), RFC 4193.
_PRIVATE_4: Final = tuple(map(IPv4Network, ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")))
_PRIVATE_6: Final = IPv6Network("fc00::/7")

# Never a provider, wherever it is.
_NEVER_4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local: instance and container metadata, AWS's time and name servers
            "192.0.0.0/24",  # IETF protocol assignments
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays, deprecated
            "198.18.0.0/15",  # benchmarking
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, limited broadcast
        ),
    )
)
# Of IPv6 only what is global unicast today can be a provider: not loopback, link-local, multicast, IPv4-mapped.
_GLOBAL_6: Final = IPv6Network("2000::/3")
_NEVER_6: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # IETF protocol assignments, Teredo among them
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: an IPv4 address in disguise
            "3fff::/20",  # documentation
            "fd00:ec2::/32",  # AWS's own services on an instance, metadata among them
        ),
    )
)
# The IPv4 internet as an IPv6-only subnet sees it (NAT64): the address inside decides.
_NAT64: Final = IPv6Network("64:ff9b::/96")

# How long a connection may take to stand.
CONNECT_SECONDS: Final = 1.0


def may_connect(address: str, *, allow_private: bool) -> bool:
    """Whether a connection to this IP address may be made. False for what is no IP address at all.

    ``allow_private`` lets the private addresses of a VPC be used too, and nothing else: loopback, link-local, metadata,
    multicast and reserved addresses stay forbidden.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed in _NAT64:
        parsed = IPv4Address(int(parsed) & 0xFFFF_FFFF)
    if isinstance(parsed, IPv4Address):
        private = any(parsed in network for network in _PRIVATE_4)
        return allow_private if private else not any(parsed in network for network in _NEVER_4)
    if any(parsed in network for network in _NEVER_6):
        return False
    return parsed in _GLOBAL_6 or (allow_private and parsed in _PRIVATE_6)


def connect(
    host: tuple[str, int],
    seconds: float | None,
    *,
    allow_private: bool,
    family: int = socket.AF_UNSPEC,
    options: Iterable[Any] = (),
) -> socket.socket:
    """A TCP connection to one of the addresses that the host's name leads to, all of which were found good.

    One bad address refuses the name, and not only that address: it does not belong there, and which one would be
    connected to is a matter of chance. Raises ``RequestRefused`` for it, and ``OSError``.
    """
    found = socket.getaddrinfo(*host, family=family, type=socket.SOCK_STREAM)
    if not all(may_connect(str(entry[4][0]), allow_private=allow_private) for entry in found):
        msg = (
            "the host's name leads to public addresses only. Got: another. Fix: use a public host, or set "
            "allow_private_address = true on this sender if the host is in the function's VPC "
            "(loopback, link-local and metadata addresses are never used)."
        )
        raise RequestRefused(msg)
    failure: OSError = OSError("no address")
    for its_family, kind, protocol, _, address in found:
        connection = socket.socket(its_family, kind, protocol)
        try:
            for option in options:
                connection.setsockopt(*option)
            connection.settimeout(seconds)
            connection.connect(address)
        except OSError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure
