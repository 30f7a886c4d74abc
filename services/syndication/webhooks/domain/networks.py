"""Which network addresses a webhook may be sent to: those of the public internet, and what an operator allows.

A partner names the address, so it may point at anything that this service can reach: at machines of our own network,
at the metadata service of a cloud, at a database on this machine (server-side request forgery, OWASP API7:2023).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA IPv4 Special-Purpose Address Registry, multicast (RFC 5771) and what is reserved above it.
_REFUSED_V4: Final = tuple(
    IPv4Network(one)
    for one in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by the customers of a provider (RFC 6598); Alibaba's metadata service
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local; the metadata service of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Of IPv6 only global unicast is the internet (RFC 4291, section 2.4). That alone refuses ::, ::1, IPv4-mapped and
# IPv4-compatible addresses, NAT64 (64:ff9b::/96), unique local (fd00:ec2::254 is a metadata service), link-local and
# multicast ones. Within it, what tunnels to IPv4 or is set aside:
_INTERNET_V6: Final = IPv6Network("2000::/3")
_REFUSED_V6: Final = tuple(
    IPv6Network(one)
    for one in (
        "2001::/23",  # Teredo, ORCHID and other protocol assignments
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)


class ForbiddenAddress(Exception):
    """An address that nothing is sent to; its text is for the owner of the endpoint."""


@dataclass(frozen=True, slots=True)
class Networks:
    """The addresses that may be reached: the public internet, and ``allowed`` networks beside it."""

    allowed: tuple[Network, ...] = ()

    def allows_by_name(self, address: Address) -> bool:
        """Whether an operator allowed this very network: then any port, and plain http, will do as well."""
        return any(address in network for network in self.allowed if network.version == address.version)

    def check(self, found: Iterable[str]) -> tuple[Address, ...]:
        """Return the addresses a name was resolved to, if every one of them may be reached.

        Raises ForbiddenAddress: a name of the public internet has no other addresses.
        """
        addresses = tuple(ip_address(one) for one in found)
        for address in addresses:
            if not (self.allows_by_name(address) or is_public(address)):
                raise ForbiddenAddress(f"{address} is no address of the public internet")
        return addresses


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_V4)
    return address in _INTERNET_V6 and not any(address in network for network in _REFUSED_V6)
