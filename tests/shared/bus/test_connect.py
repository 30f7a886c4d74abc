"""Connections find a server of a cluster that answers."""

import pytest
from pydantic import TypeAdapter
from pydantic_core import MultiHostUrl

from local.free_ports import free_port
from local.nats import NatsServer
from shared.bus.connect import connect_nats, servers_in
from shared.settings import NatsUrl
from shared.telemetry.logs import configure
from tests.shared.bus.house import House, drafted
from tests.waiting import eventually


@pytest.mark.parametrize(
    ("url", "servers"),
    [
        ("nats://nats:4222", ["nats://nats:4222"]),
        ("nats://a:4222,b:4222,c:4223", ["nats://a:4222", "nats://b:4222", "nats://c:4223"]),
        ("tls://a:4222,b:4222", ["tls://a:4222", "tls://b:4222"]),
    ],
)
def test_a_setting_names_every_server(url: str, servers: list[str]) -> None:
    assert servers_in(str(TypeAdapter(NatsUrl).validate_python(url))) == servers


async def test_it_connects_while_the_first_server_is_down(nats_server: NatsServer) -> None:
    log = configure("test", level="CRITICAL")
    url = f"nats://127.0.0.1:{free_port()},127.0.0.1:{nats_server.port}"
    connection = await connect_nats(url, name="review", user=None, password=None, log=log)
    assert connection.is_connected
    await connection.close()


async def test_a_service_speaks_and_hears_while_the_first_server_is_down(house: House, nats_url: str) -> None:
    url = f"nats://127.0.0.1:{free_port()},{nats_url.removeprefix('nats://')}"
    house.settings = house.settings.model_copy(update={"nats_url": MultiHostUrl(url)})
    async with house.running():
        await house.say(drafted("a"), aggregate="contribution:a", version=1)
        await eventually(house.effects)
