"""The doctor's command, and what it says of clocks, releases and certificates."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from local.free_ports import free_port
from shared.doctor.asking import ask_all
from shared.doctor.certificates import of_certificates, of_end
from shared.doctor.finding import Finding, lasting
from shared.doctor.of_services import of_services
from tests.web.site import Site


@contextlib.asynccontextmanager
async def service(
    name: str, *, release: str = "0.1.0", ahead: float = 0.0, tls: Path | None = None
) -> AsyncIterator[str]:
    """Something that answers as a service does; its clock is ``ahead`` by so many seconds."""

    async def live(_: Request) -> JSONResponse:
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=ahead), usegmt=True)
        told = {"status": "alive", "service": name, "release": release}
        return JSONResponse(told, headers={"date": date})

    async def ready(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ready", "checks": {"mongodb": "ok"}})

    async def metrics(_: Request) -> PlainTextResponse:
        return PlainTextResponse("practice_exchange_dead_letters 0.0\n")

    port = free_port()
    app = Starlette(routes=[Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", metrics)])
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off", date_header=False)
    if tls:
        config.ssl_certfile, config.ssl_keyfile = tls / "server.pem", tls / "server.key"
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it by an attribute only
        await asyncio.sleep(0.01)
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


async def found(addresses: dict[str, list[str]]) -> dict[str, Finding]:
    return {one.code: one for one in of_services(await ask_all(addresses, seconds=10))}


async def test_clocks_that_differ() -> None:
    async with service("review") as one, service("search", ahead=90) as fast, service("web", ahead=-40) as slow:
        assert await found({"review": [one]}) == {}
        ahead = await found({"search": [fast]})
        assert "The clock of search is 1 minute ahead of the clock here." in ahead["clock-skew"].says
        behind = await found({"web": [slow]})
        assert "seconds behind the clock here." in behind["clock-skew"].says


async def test_releases_that_differ() -> None:
    async with service("review") as one, service("search", release="0.2.0") as newer:
        assert list(await found({"review": [one, one]})) == []
        differ = await found({"review": [one], "search": [newer]})
        assert differ["releases-differ"].says == "Services are of different releases: review 0.1.0, search 0.2.0."


async def test_something_else_at_the_address() -> None:
    async def other(_: Request) -> PlainTextResponse:
        return PlainTextResponse("hello")

    port = free_port()
    app = Starlette(routes=[Route("/health/live", other)])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off"))
    task = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it by an attribute only
        await asyncio.sleep(0.01)
    wrong = await found({"review": [f"http://127.0.0.1:{port}"]})
    assert wrong["service-unreachable"].says == "review answers 200 to /health/live."
    server.should_exit = True
    await task


def certificate(folder: Path, ends: datetime) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "here")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends - timedelta(days=90))
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "server.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.key").write_bytes(encoded)
    return folder


@pytest.mark.parametrize(
    ("days", "weight", "words"),
    [(60, None, ""), (14.5, "note", "ends in 14 days"), (3.5, "wrong", "ends in 3 days"), (-1.5, "wrong", "1 day ago")],
)
async def test_a_certificate_that_ends(tmp_path: Path, days: float, weight: str | None, words: str) -> None:
    ends = datetime.now(UTC) + timedelta(days=days)
    async with service("web", tls=certificate(tmp_path, ends)) as url:
        findings = [one async for one in of_certificates([url, "http://127.0.0.1:9"], seconds=10)]
    assert [one.weight for one in findings] == ([weight] if weight else [])
    assert all(words in one.says for one in findings)


def test_the_time_that_is_left_is_told_in_words() -> None:
    now = datetime.now(UTC)
    assert of_end("here:443", now + timedelta(days=22), now) is None
    assert [lasting(seconds) for seconds in (0.2, 1, 59, 61, 7200, 86_400 * 3)] == [
        "less than a second",
        "1 second",
        "59 seconds",
        "1 minute",
        "2 hours",
        "3 days",
    ]


async def ran(*arguments: str, **environment: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": "/usr/bin", **environment},
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


@pytest.mark.asyncio(loop_scope="package")
async def test_the_demo_is_well(site: Site) -> None:
    where = ("--data", str(site.folder), "--first-port", str(site.ports.first))
    code, out, err = await ran("local", "doctor", *where)
    assert (code, err) == (0, ""), out
    assert out.endswith("All is well.\n")
    code, out, _ = await ran("local", "doctor", *where, "--json")
    assert (code, json.loads(out)["well"]) == (0, True)


async def test_what_is_wrong_is_said_with_what_mends_it() -> None:
    nowhere = {
        f"{name}_URL": "http://127.0.0.1:9"
        for name in ("SUBMISSIONS", "REVIEW", "SEARCH", "NOTIFICATIONS", "SYNDICATION")
    }
    async with service("web") as url:
        code, out, err = await ran("shared.doctor", "--url", f"web={url}", **nowhere)
        assert (code, err) == (1, "")
        assert "wrong  review cannot be connected to.\n" in out
        assert "       $ python -m services.review\n" in out
        assert out.endswith("5 things wrong.\n")
        code, out, _ = await ran("shared.doctor", "--url", f"web={url}", "--json", **nowhere)
    told = json.loads(out)
    assert (code, told["well"], len(told["findings"])) == (1, False, 5)
    assert {one["code"] for one in told["findings"]} == {"service-unreachable"}


async def test_what_is_asked_wrongly_is_refused_in_one_line() -> None:
    for arguments, environment, words in (
        (("--url", "nobody=http://x"), {}, "'nobody' is no service"),
        (("--url", "web=ftp://x"), {}, "is no http address"),
        ((), {"REVIEW_URL": "nonsense"}, "settings: REVIEW_URL:"),
        ((), {"MONGODB_URL": "http://x"}, "settings: MONGODB_URL:"),
    ):
        code, out, err = await ran("shared.doctor", *arguments, **environment)
        assert (code, out, len(err.splitlines())) == (2, "", 1), err
        assert words in err
    code, out, _ = await ran("local", "doctor", "--data", "/nowhere")
    assert (code, "no demo has run on /nowhere" in out) != (0, False)
