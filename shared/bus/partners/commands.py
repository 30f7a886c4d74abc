"""What the commands for partners do: the file is the truth, and NATS is made as it says; ``apply`` repeats that.

Nothing a command does touches another partner: its account is left as it is, and so is its durable.
"""

# ruff: noqa: T201 - it speaks to a person in a terminal

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo
from nats.js.errors import NotFoundError, ServiceUnavailableError

from shared.bus.partners import file
from shared.bus.partners.accounts import accounts
from shared.bus.partners.keys import new_seed, public_key
from shared.bus.partners.partner import Partner, durable_of
from shared.bus.partners.reload import BETWEEN_SECONDS, pid_in, reload, waiting_for
from shared.bus.partners.settings import PartnersSettings
from shared.bus.partners.snippets import Address, snippet
from shared.bus.topology import PUBLIC
from shared.clock import utc_now
from shared.errors import Conflict, Invalid, NotFound

_TRIES: Final = 10

Command = Callable[[JetStreamContext, argparse.Namespace, PartnersSettings], Awaitable[int]]


async def _add(js: JetStreamContext, arguments: argparse.Namespace, settings: PartnersSettings) -> int:
    seed = new_seed()
    partner = Partner(
        name=arguments.name,
        organisation=arguments.organisation,
        contact=arguments.contact,
        events=arguments.events,
        since=_since(arguments.since),
        ack_wait_seconds=arguments.ack_wait,
        keys=(public_key(seed),),
        added_at=utc_now(),
    )
    with file.alone(settings.partners_file):
        known = file.read(settings.partners_file).with_new(partner)
        await js.add_consumer(PUBLIC, partner.durable())
        _keep(settings, known)
    print(f"{partner.name} was added.")
    return await _give(partner, seed, arguments, settings)


async def _rotate(_: JetStreamContext, arguments: argparse.Namespace, settings: PartnersSettings) -> int:
    with file.alone(settings.partners_file):
        known = file.read(settings.partners_file)
        partner = known.get(arguments.name)
        if arguments.finish:
            if len(partner.keys) == 1:
                raise Conflict(f"{partner.name} has one key only; 'rotate {partner.name}' gives it another")
            _keep(settings, known.with_changed(partner.model_copy(update={"keys": partner.keys[-1:]})))
            print(f"The old key of {partner.name} lets nobody in any more.")
            await _reloaded(arguments, settings)
            return 0
        if len(partner.keys) > 1:
            raise Conflict(f"{partner.name} has two keys already; 'rotate {partner.name} --finish' ends the older one")
        seed = new_seed()
        partner = partner.model_copy(update={"keys": (*partner.keys, public_key(seed))})
        _keep(settings, known.with_changed(partner))
    print(f"{partner.name} has a new key. The old one goes on until 'rotate {partner.name} --finish'.")
    return await _give(partner, seed, arguments, settings)


async def _give(partner: Partner, seed: str, arguments: argparse.Namespace, settings: PartnersSettings) -> int:
    """Show the seed, once, before anything else can go wrong, and how to use it."""
    print(f"\nIts seed, which is shown this once and kept nowhere here; save it as {partner.name}.nk:\n\n{seed}\n")
    if pid := await _reloaded(arguments, settings):
        waiting = await waiting_for(partner, seed, settings, pid=pid)
        print(f"Tried with it: signed in, {waiting} events wait.")
    print(f"\nHow to connect ('snippet {partner.name}' shows it again):\n")
    print(snippet(arguments.language, partner, _address(settings)), end="")
    return 0


async def _change(js: JetStreamContext, arguments: argparse.Namespace, settings: PartnersSettings) -> int:
    given = {
        "organisation": arguments.organisation,
        "contact": arguments.contact,
        "events": arguments.events,
        "ack_wait_seconds": arguments.ack_wait,
    }
    update = {name: value for name, value in given.items() if value is not None}
    if not update:
        raise Invalid("say what to change: --organisation, --contact, --events or --ack-wait")
    with file.alone(settings.partners_file):
        known = file.read(settings.partners_file)
        before = known.get(arguments.name)
        partner = Partner.model_validate(before.model_dump() | update)
        await js.add_consumer(PUBLIC, partner.durable())
        file.write(settings.partners_file, known.with_changed(partner))
    print(f"{partner.name} was changed; it is as far as it was.")
    return 0


async def _revoke(js: JetStreamContext, arguments: argparse.Namespace, settings: PartnersSettings) -> int:
    """Close its connections first, then delete its durable; safe to repeat when that did not come to its end."""
    with file.alone(settings.partners_file):
        known = file.read(settings.partners_file)
        listed = any(partner.name == arguments.name for partner in known.partners)
        if not listed and await _info(js, arguments.name) is None:
            raise NotFound(f"there is no partner {arguments.name}; 'list' names them")
        if not arguments.yes:
            raise Invalid(f"{arguments.name} would lose its place among the events for good; add --yes")
        _keep(settings, known.without(arguments.name))
        await _reloaded(arguments, settings)
        if await _info(js, arguments.name) is not None:
            await js.delete_consumer(PUBLIC, durable_of(arguments.name))
    print(f"{arguments.name} was revoked: it is in no file any more, and its durable is gone.")
    return 0


async def _apply(js: JetStreamContext, arguments: argparse.Namespace, settings: PartnersSettings) -> int:
    with file.alone(settings.partners_file):
        known = file.read(settings.partners_file)
        for partner in known.partners:
            await js.add_consumer(PUBLIC, partner.durable())
        _keep(settings, known)
    print(f"{len(known.partners)} partners are as the file says.")
    await _reloaded(arguments, settings)
    return 0


async def _list(js: JetStreamContext, arguments: argparse.Namespace, settings: PartnersSettings) -> int:
    partners = file.read(settings.partners_file).partners
    for partner in partners:
        told = _told(partner, await _info(js, partner.name))
        if arguments.json:
            print(json.dumps(told, ensure_ascii=False))
        else:
            print(f"{partner.name:<20} {told['state']:<44} {partner.organisation}")
    if not partners and not arguments.json:
        print("no partners; 'add' makes one")
    return 0


async def _show(js: JetStreamContext, arguments: argparse.Namespace, settings: PartnersSettings) -> int:
    partner = file.read(settings.partners_file).get(arguments.name)
    info = await _info(js, partner.name)
    print(json.dumps(_told(partner, info), indent=2, ensure_ascii=False))
    return 0 if info else 1


def show_snippet(arguments: argparse.Namespace, settings: PartnersSettings) -> int:
    """Print how to connect. Raises NotFound when there is no such partner."""
    partner = file.read(settings.partners_file).get(arguments.name)
    print(snippet(arguments.language, partner, _address(settings)), end="")
    return 0


def _told(partner: Partner, info: ConsumerInfo | None) -> dict[str, object]:
    told = partner.model_dump(mode="json") | {"events": list(partner.events) or "all", "durable": partner.account}
    if info is None:
        return told | {"state": "durable missing; 'apply' makes it again"}
    waits, hand = info.num_pending or 0, info.num_ack_pending or 0
    last = info.ack_floor.last_active if info.ack_floor else None
    taken = f"last acknowledged {last:%Y-%m-%d %H:%M}" if last else "nothing acknowledged yet"
    return told | {
        "state": f"{waits} waiting, {hand} in hand; {taken}",
        "waiting": waits,
        "in_hand": hand,
        "delivered_again": info.num_redelivered or 0,
        "last_acknowledged_at": last.isoformat() if last else None,
    }


async def _info(js: JetStreamContext, name: str) -> ConsumerInfo | None:
    for left in reversed(range(_TRIES)):
        try:
            info: ConsumerInfo = await js.consumer_info(PUBLIC, durable_of(name))
        except NotFoundError:
            return None
        except ServiceUnavailableError:  # for an instant, while the server reloads
            if not left:
                raise
            await asyncio.sleep(BETWEEN_SECONDS)
        else:
            return info
    raise AssertionError  # one of the tries ended it


def _keep(settings: PartnersSettings, partners: file.Partners) -> None:
    """Write the file, and what nats-server includes. It holds no secret, and nats-server may be another user."""
    file.write(settings.partners_file, partners)
    file.replace(settings.partners_accounts, accounts(file.read(settings.partners_file).partners), mode=0o644)


async def _reloaded(arguments: argparse.Namespace, settings: PartnersSettings) -> int | None:
    """Let nats-server take the change where it is known which process it is, and return that; else say how."""
    pid = arguments.reload or (pid_in(settings.nats_pid_file) if settings.nats_pid_file else None)
    if pid is None:
        print("It takes effect once nats-server has read its configuration twice: nats-server --signal reload=PID")
        return None
    await reload(pid)
    return pid


def _since(text: str) -> datetime | None:
    if text == "all":
        return None
    moment = utc_now() if text == "now" else datetime.fromisoformat(text)
    if moment > utc_now():
        raise Invalid(f"--since {text} is still to come; 'now' begins with what happens next")
    return moment


def _address(settings: PartnersSettings) -> Address:
    websocket = settings.partners_websocket_url
    return Address(
        url=str(settings.partners_url or settings.nats_url),
        websocket_url=str(websocket) if websocket else None,
        ca=settings.partners_ca,
    )


COMMANDS: Final[dict[str, Command]] = {
    "add": _add,
    "list": _list,
    "show": _show,
    "change": _change,
    "rotate": _rotate,
    "revoke": _revoke,
    "apply": _apply,
}
