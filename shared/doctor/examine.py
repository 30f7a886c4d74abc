"""Everything looked at, at once, and what was found."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from shared.doctor.asking import ask_all
from shared.doctor.certificates import of_certificates
from shared.doctor.finding import Finding
from shared.doctor.of_services import of_services
from shared.doctor.servers import of_mongodb, of_nats, of_provider
from shared.doctor.settings import DoctorSettings


async def examine(settings: DoctorSettings, addresses: Mapping[str, Sequence[str]]) -> list[Finding]:
    """Return what is wrong, the servers first: what stands on them follows."""
    urls = [url for some in addresses.values() for url in some]
    urls += [str(url) for url in (settings.public_url, settings.oidc_issuer) if url]
    seen, *found = await asyncio.gather(
        ask_all(addresses, seconds=settings.doctor_seconds),
        _all(of_mongodb(settings)),
        _all(of_nats(settings)),
        _all(of_provider(settings)),
        _all(of_certificates(urls, seconds=settings.doctor_seconds / 2)),
    )
    return [*(finding for some in found for finding in some), *of_services(seen)]


async def _all(findings: AsyncIterator[Finding]) -> list[Finding]:
    return [finding async for finding in findings]
