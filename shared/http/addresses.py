"""Where a request comes from: behind a proxy that uvicorn trusts (``FORWARDED_ALLOW_IPS``), whom the proxy names."""

from ipaddress import IPv6Address, ip_address
from typing import Final

from starlette.requests import Request

_ONE_SITE_BITS: Final = 64  # of an IPv6 address: what one subscriber has to themselves


def address_of(request: Request) -> str:
    """Return whom a request is counted for: an IPv4 address, or the network of an IPv6 one."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return f"{int(address) >> (128 - _ONE_SITE_BITS):x}"
    return str(address)
