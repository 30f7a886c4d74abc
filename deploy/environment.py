"""The file ``.env`` that docker-compose.yml reads: what has to be in it, and what is wrong with it, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

NEEDED = ("PUBLIC_URL", "SITE_HOST", "OIDC_ISSUER", "OIDC_CLIENT_ID")
TRIAL = "trial"
LAST_PORT = 65535
_LINE = re.compile(r"^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$")
_COMMENT = re.compile(r"\s+#")
_HOST = re.compile(r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")
_DEMO_CLIENT = "practice-exchange-demo"


def read_environment(file: Path) -> dict[str, str]:
    """Return the variables of a file of ``NAME=value`` lines; raises ValueError naming a line that is none."""
    found = {}
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        match = _LINE.match(text)
        if match is None:
            raise ValueError(f"{file}, line {number}: not NAME=value")
        name, value = match.groups()
        found[name] = _value(value)
    return found


def _value(text: str) -> str:
    """Return what docker compose reads: what stands in quotes, else all up to a space and a number sign."""
    if text[:1] in {'"', "'"}:
        return text[1:].partition(text[0])[0]
    return _COMMENT.split(text, maxsplit=1)[0]


def profiles(environment: Mapping[str, str]) -> list[str]:
    """Return the profiles of the compose file that are wanted."""
    return [name for name in environment.get("COMPOSE_PROFILES", "").split(",") if name]


def problems(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong, each with what to do about it."""
    for name in NEEDED:
        if not environment.get(name):
            yield f"{name} is not set: .env.example tells what it is"
    unreadable = [name for name in ("PUBLIC_URL", "OIDC_ISSUER") if not _is_address(environment.get(name, ""))]
    for name in unreadable:
        yield f"{name} is {environment[name]!r}: no web address"
    if unreadable:
        return
    for name in ("SITE_HOST", "SIGN_IN_HOST", "MAILBOX_HOST"):
        if (given := environment.get(name)) and not _HOST.match(given):
            yield f"{name} is {given!r}: a host name without scheme and port, in small letters"
    if (issuer := environment.get("OIDC_ISSUER")) and urlsplit(issuer).scheme != "https":
        yield f"OIDC_ISSUER is {issuer!r}: a sign-in that others reach speaks https"
    if public := environment.get("PUBLIC_URL"):
        yield from _of_the_site(public, environment.get("SITE_HOST"))
    if (scheme := environment.get("NATS_SCHEME", "nats")) not in {"nats", "tls"}:
        yield f"NATS_SCHEME is {scheme!r}: nats, or tls where the network inside is not trusted"
    yield from _of_the_port(environment)
    yield from _of_a_trial(environment)


def _is_address(text: str) -> bool:
    """Whether it can be taken apart; an address may still lead nowhere."""
    try:
        urlsplit(text).port  # noqa: B018 - it is read only when asked for
    except ValueError:
        return False
    return True


def _of_the_site(public: str, host: str | None) -> Iterator[str]:
    address = urlsplit(public)
    if address.scheme != "https":
        yield f"PUBLIC_URL is {public!r}: the proxy speaks https only"
    elif host and address.hostname != host:
        yield f"PUBLIC_URL names the host {address.hostname}, SITE_HOST is {host}: they have to be the same"
    if public.endswith("/"):
        yield f"PUBLIC_URL is {public!r}: leave the last slash out"


def _of_the_port(environment: Mapping[str, str]) -> Iterator[str]:
    port = environment.get("HTTPS_PORT", "8443")
    leads_to = urlsplit(environment.get("PUBLIC_URL", "")).port or 443
    if not port.isdecimal() or not 1 <= int(port) <= LAST_PORT:
        yield f"HTTPS_PORT is {port!r}: a number from 1 to {LAST_PORT}"
    elif environment.get("PUBLIC_URL") and str(leads_to) != port and not environment.get("BEHIND"):
        yield (
            f"HTTPS_PORT is {port}, and PUBLIC_URL leads to port {leads_to}; where something stands between them,"
            " say so: BEHIND=yes"
        )


def _of_a_trial(environment: Mapping[str, str]) -> Iterator[str]:
    trial = TRIAL in profiles(environment)
    issuer, listen = environment.get("OIDC_ISSUER", ""), environment.get("LISTEN", "127.0.0.1")
    if trial and listen not in {"127.0.0.1", "::1", "localhost"}:
        yield f"LISTEN is {listen} and COMPOSE_PROFILES has trial: its passwords are public, keep it on 127.0.0.1"
    if trial and urlsplit(issuer).hostname != environment.get("SIGN_IN_HOST"):
        yield "COMPOSE_PROFILES has trial, whose sign-in is at SIGN_IN_HOST: OIDC_ISSUER has to name that host"
    if not trial and environment.get("OIDC_CLIENT_ID") == _DEMO_CLIENT:
        yield f"OIDC_CLIENT_ID is {_DEMO_CLIENT}: your provider knows this program by another name"
