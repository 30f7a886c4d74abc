"""For whoever runs the service: is the process alive, can it work, and its figures. No access needed, nothing told
that is not the operator's.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter
from starlette.responses import Response

from shared.http.access import PUBLIC
from shared.http.problem import problem
from shared.http.reply import JsonResponse
from shared.release import RELEASE
from shared.telemetry.logs import Log, clean
from shared.telemetry.metrics import Metrics

Check = Callable[[], Awaitable[object]]

TIMEOUT_SECONDS = 2.0


def health_router(*, checks: Mapping[str, Check], metrics: Metrics, log: Log) -> APIRouter:
    """Return the routes ``/health/live`` (no I/O), ``/health/ready`` (every check passes in time) and ``/metrics``."""
    router = APIRouter(tags=["operation"], dependencies=[PUBLIC])
    failing: set[str] = set()

    @router.get("/health/live", response_class=JsonResponse)
    async def live() -> Response:
        """Answer while the process runs."""
        return JsonResponse({"status": "alive", "service": metrics.service, "release": RELEASE})

    @router.get("/health/ready", response_class=JsonResponse)
    async def ready() -> Response:
        """Answer 200 if everything the service needs answers, else 503 naming what does not."""
        results = dict(zip(checks, await asyncio.gather(*map(_passes, checks.values())), strict=True))
        failed = {name for name, error in results.items() if error is not None}
        if failed != failing:  # log changes, not every probe
            log.warning(
                "readiness changed", failed=sorted(failed), errors=[clean(repr(results[name])) for name in failed]
            )
            failing.clear()
            failing.update(failed)
        told = {name: "failed" if error is not None else "ok" for name, error in results.items()}
        if failed:
            names = ", ".join(sorted(failed))
            return problem(503, "unavailable", "Not ready", f"These do not answer: {names}.", extra={"checks": told})
        return JsonResponse({"status": "ready", "checks": told})

    @router.get("/metrics", response_class=Response, include_in_schema=False)
    async def exposition() -> Response:
        """Tell the figures in Prometheus's text format."""
        content, media_type = await metrics.exposition()
        return Response(content, media_type=media_type)

    return router


async def _passes(check: Check) -> Exception | None:
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await check()
    except Exception as error:  # noqa: BLE001  # any failure means not ready
        return error
    return None
