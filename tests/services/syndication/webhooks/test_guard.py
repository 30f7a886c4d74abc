"""Where nothing is sent: addresses that are not the internet's, however they are spelled, and names that change."""

from __future__ import annotations

import ssl
import subprocess
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from services.syndication.webhooks.domain.attempt import Answer, Outcome
from services.syndication.webhooks.domain.networks import ForbiddenAddress, Networks, is_public
from services.syndication.webhooks.domain.target import BadUrl, read_target
from services.syndication.webhooks.post import Post
from services.syndication.webhooks.resolve import Resolve, Resolver
from tests.receivers import receiving

LOOPBACK = Networks((ip_network("127.0.0.0/8"),))

REFUSED = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",  # metadata of a cloud
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",  # metadata of most clouds
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.255",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",  # IPv4-compatible
    "::ffff:127.0.0.1",  # IPv4-mapped
    "::ffff:8.8.8.8",
    "64:ff9b::a9fe:a9fe",  # NAT64
    "64:ff9b:1::1",
    "100::1",
    "2001::1",  # Teredo
    "2001:db8::1",
    "2002:7f00:1::",  # 6to4 of 127.0.0.1
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",  # metadata
    "fe80::1",
    "fe80::1%eth0",
    "ff02::1",
]


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_not_the_internet_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))
    with pytest.raises(ForbiddenAddress):
        Networks().check([address])
    with pytest.raises(ForbiddenAddress):
        Networks().check(["93.184.216.34", address])


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "172.32.0.1", "192.0.1.1", "2606:2800:220:1::1", "2a00:1::1"]
)
def test_what_is_the_internet_is_let_through(address: str) -> None:
    assert Networks().check([address]) == (ip_address(address),)


def test_an_operator_allows_networks_and_not_their_images_in_ipv6() -> None:
    assert LOOPBACK.check(["127.0.0.1"])
    for address in ("10.0.0.1", "::1", "::ffff:127.0.0.1"):
        with pytest.raises(ForbiddenAddress):
            LOOPBACK.check([address])


@pytest.mark.parametrize(
    "url",
    [
        "https://2130706433/in",
        "https://0x7f000001/in",
        "https://0x7f.1/in",
        "https://0177.0.0.1/in",
        "https://127.1/in",
        "https://127.0.0.1./in",
        "https://１２７.0.0.1/in",
    ],
)
def test_every_spelling_of_an_address_is_that_address(url: str) -> None:
    assert read_target(url).host == "127.0.0.1"


def test_brackets_are_no_part_of_a_host_and_names_come_in_ascii() -> None:
    assert read_target("https://[::1]:8443/in").host == "::1"
    assert read_target("https://bücher.example/").host == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    "url",
    [
        "https://",
        "//example.org",
        "javascript:alert(1)",
        "https://exa\tmple.org/",
        "https://a\\b.org/",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(BadUrl):
        read_target(url)


def post(networks: Networks, resolve: Resolve, *, tls: ssl.SSLContext | None = None) -> Post:
    return Post(networks, resolve, seconds=2, connections=4, tls=tls)


async def sent(way: Post, url: str) -> Answer:
    try:
        return await way.send(url, {"content-type": "text/plain"}, b"hello")
    finally:
        await way.close()


async def test_a_name_that_leads_elsewhere_the_second_time_gains_nothing() -> None:
    """DNS rebinding: what was checked is what is connected to, and each new connection is checked anew."""
    asked: list[str] = []

    async def rebinding(host: str) -> tuple[str, ...]:
        asked.append(host)
        return ("127.0.0.1",) if len(asked) == 1 else ("10.0.0.1",)

    async with receiving() as receiver:
        way = post(LOOPBACK, rebinding)
        url = f"http://rebind.example:{receiver.port}/in"
        first = await way.send(url, {}, b"1")
        again = await way.send(url, {}, b"2")  # over the connection that was checked
        assert (first.outcome, again.outcome, asked) == (Outcome.DELIVERED, Outcome.DELIVERED, ["rebind.example"])
        assert receiver.received[0].headers["host"] == f"rebind.example:{receiver.port}"
        await way.close()
        fresh = post(LOOPBACK, rebinding)
        refused = await sent(fresh, url)
        assert refused.outcome is Outcome.FORBIDDEN
        assert len(receiver.received) == 2


async def test_from_the_public_to_the_inside_no_connection_is_made() -> None:
    async def inside(_: str) -> tuple[str, ...]:
        return ("127.0.0.1",)

    async with receiving() as receiver:
        for url in (f"https://innocent.example:{receiver.port}/in", f"http://innocent.example:{receiver.port}/in"):
            assert (await sent(post(Networks(), inside), url)).outcome is Outcome.FORBIDDEN
        assert receiver.connections == 0


async def test_plain_http_and_other_ports_are_for_allowed_networks_only() -> None:
    async def outside(_: str) -> tuple[str, ...]:
        return ("93.184.216.34",)

    for url in ("http://hooks.example/in", "https://hooks.example:22/in"):
        answer = await sent(post(LOOPBACK, outside), url)
        assert (answer.outcome, "https" in str(answer.error)) == (Outcome.FORBIDDEN, True)


async def test_a_name_that_there_is_not() -> None:
    answer = await sent(post(LOOPBACK, Resolver()), "https://nowhere.invalid/in")
    assert answer.outcome in (Outcome.UNREACHABLE, Outcome.TIMED_OUT)  # the resolver of the machine may be slow


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=hooks.test"
    names = ["-addext", "subjectAltName=DNS:hooks.test", "-keyout", str(key), "-out", str(cert)]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    return cert, key


async def test_a_certificate_has_to_hold_and_to_be_of_that_name(certificate: tuple[Path, Path]) -> None:
    async def here(_: str) -> tuple[str, ...]:
        return ("127.0.0.1",)

    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(*certificate)
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    async with receiving(tls=serving) as receiver:
        url = f"https://hooks.test:{receiver.port}/in"
        assert (await sent(post(LOOPBACK, here, tls=trusting), url)).outcome is Outcome.DELIVERED
        unknown = await sent(post(LOOPBACK, here), url)
        assert (unknown.outcome, unknown.status) == (Outcome.INSECURE, None)
        other = await sent(post(LOOPBACK, here, tls=trusting), f"https://other.test:{receiver.port}/in")
        assert other.outcome is Outcome.INSECURE
        assert len(receiver.received) == 1
