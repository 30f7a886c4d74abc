"""Certificates of every address that speaks TLS: until when they hold, whoever signed them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from cryptography import x509

from shared.doctor.finding import Finding, Weight, lasting

SOON = timedelta(days=21)
GRAVE = timedelta(days=7)
_PORTS = {"https": 443}


async def of_certificates(urls: Iterable[str], *, seconds: float) -> AsyncIterator[Finding]:
    """Yield those that end soon or have ended. Who cannot be reached is another finding's business."""
    places = sorted({place for url in urls if (place := _place(url))})
    for host, port in places:
        try:
            async with asyncio.timeout(seconds):
                ends = await _ends(host, port)
        except (OSError, ssl.SSLError, TimeoutError, ValueError):
            continue
        if finding := of_end(f"{host}:{port}", ends, datetime.now(UTC)):
            yield finding


def of_end(where: str, ends: datetime, now: datetime) -> Finding | None:
    """Return what is to be said of a certificate that holds until then."""
    left = ends - now
    if left > SOON:
        return None
    says = (
        f"The certificate of {where} ended {lasting(-left.total_seconds())} ago: nobody gets in."
        if left <= timedelta()
        else f"The certificate of {where} ends in {lasting(left.total_seconds())}."
    )
    return Finding(
        code="certificate-ends",
        where=where,
        says=says,
        mend="Put a new one in its place and reload whoever serves it.",
        command=f"openssl s_client -connect {where} </dev/null | openssl x509 -noout -dates",
        weight=Weight.WRONG if left <= GRAVE else Weight.NOTE,
    )


def _place(url: str) -> tuple[str, int] | None:
    address = urlsplit(url)
    if address.scheme not in _PORTS or not address.hostname:
        return None
    return address.hostname, address.port or _PORTS[address.scheme]


async def _ends(host: str, port: int) -> datetime:
    # Whether to trust it is asked by those who connect in earnest; one that has ended has to be readable too.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
    try:
        encoded = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        return x509.load_der_x509_certificate(encoded).not_valid_after_utc
    finally:
        writer.close()
