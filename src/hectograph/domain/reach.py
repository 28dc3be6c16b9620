"""Where hectograph may send what people told it to: nowhere within its own network.

Whoever names an address for a webhook could have hectograph ask servers that only it can
reach. So the address of a name is checked at the moment of the connection, by
`may_connect`; `check_url` refuses early what can be told from the text alone. The ranges
are those of the IANA registries of special-purpose addresses, and of IPv6 only what is
global unicast.
"""

import re
from dataclasses import dataclass, field
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final, Self
from urllib.parse import SplitResult, urlsplit

from hectograph.domain.errors import RequestRefused

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PORTS: Final = frozenset({443, 8443})
"""Where receivers listen; others are for hosts that the operator named."""

LONGEST_URL: Final = 2000

PLAIN: Final = re.compile(r"[!-\[\]-~]+")
"""ASCII without spaces and backslashes, which programs read in more than one way."""

A_NAME: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")

A_NUMBER: Final = re.compile(r"\d+|0x[0-9a-f]*")
"""As the last part of a host it makes the whole an IPv4 address, says the URL standard."""

NOT_GLOBAL: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "168.63.129.16/32",  # a cloud's own services, at an address like any other
        ),
    )
)

GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
NOT_GLOBAL_6: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # Teredo, ORCHID and others; Teredo carries an IPv4 address
            "2001:db8::/32",
            "2002::/16",  # 6to4: carries an IPv4 address
            "3fff::/20",
        ),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Permitted:
    """The hosts and networks of its own that an operator lets hectograph send to.

    There also plain HTTP is good, and every port.
    """

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = field(default=())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `hooks.school.example, 10.1.0.0/16`. Raises ValueError."""
        hosts, networks = set(), []
        for part in filter(None, (each.strip().lower() for each in text.split(","))):
            try:
                networks.append(ip_network(part))
            except ValueError:
                if not A_NAME.fullmatch(part) or _ends_in_number(part):
                    message = f"{part!r} is neither the name of a host nor a network"
                    raise ValueError(message) from None
                hosts.add(part)
        return cls(hosts=frozenset(hosts), networks=tuple(networks))

    def has(self, host: str) -> bool:
        """Whether the operator named this host, as a name or by its address."""
        literal = _literal(host)
        if literal is None:
            return _folded(host) in self.hosts
        return self.has_address(literal)

    def has_address(self, address: Address) -> bool:
        """Whether an address is in a network that the operator named."""
        return any(address in each for each in self.networks)


def is_global(address: Address) -> bool:
    """Whether an address is one of the whole world's, and stands for no other one."""
    if isinstance(address, IPv4Address):
        return not any(address in each for each in NOT_GLOBAL)
    return address in GLOBAL_UNICAST and not any(address in each for each in NOT_GLOBAL_6)


def may_connect(host: str, address: Address, *, permitted: Permitted) -> bool:
    """Whether what is for a host may be sent to this address."""
    return (
        is_global(address)
        or _folded(host) in permitted.hosts
        or permitted.has_address(address)
    )


def check_url(text: str, *, permitted: Permitted) -> str:
    """The address of a webhook as it is kept. Raises RequestRefused."""
    try:
        parts, port = _split(text.strip())
    except ValueError as error:
        raise _refused(f"This is no address of a receiver: {error}.") from error
    host = parts.hostname or ""
    literal = _literal(host)
    if literal is not None and not may_connect(host, literal, permitted=permitted):
        raise _refused(f"{host} is an address of a closed network.")
    is_named = permitted.has(host)
    if parts.scheme != "https" and not is_named:
        raise _refused("The address does not begin with https://.")
    if port not in PORTS and not is_named:
        shown = " and ".join(map(str, sorted(PORTS)))
        raise _refused(f"The port {port} is none of {shown}.")
    return parts.geturl()


def _split(text: str) -> tuple[SplitResult, int]:
    """The parts of a URL that can be read in one way only, and its port, or ValueError."""
    if len(text) > LONGEST_URL or not PLAIN.fullmatch(text):
        message = "it is too long, or has spaces or letters that are none in an address"
        raise ValueError(message)
    parts = urlsplit(text)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        message = "it is not of the form https://receiver.example/path"
        raise ValueError(message)
    if "@" in parts.netloc or parts.fragment:
        message = "it has a password, or a part behind #, which would not be sent"
        raise ValueError(message)
    if _literal(parts.hostname) is None and (
        not A_NAME.fullmatch(parts.hostname.rstrip(".")) or _ends_in_number(parts.hostname)
    ):
        message = f"{parts.hostname} is no name of a host"
        raise ValueError(message)
    port = (
        parts.port if parts.port is not None else {"https": 443, "http": 80}[parts.scheme]
    )
    return parts, port


def _literal(host: str) -> Address | None:
    """The address that a host is, in its one canonical form."""
    try:
        found = ip_address(host)
    except ValueError:
        return None
    return found if str(found) == host else None


def _ends_in_number(host: str) -> bool:
    return A_NUMBER.fullmatch(host.lower().rstrip(".").rpartition(".")[2]) is not None


def _folded(host: str) -> str:
    return host.lower().rstrip(".")


def _refused(cause: str) -> RequestRefused:
    return RequestRefused(
        cause,
        effect="Nothing is sent there.",
        remedy="Name a receiver that the whole internet can reach, by https; for others "
        "ask whoever runs hectograph, who can permit hosts.",
    )
