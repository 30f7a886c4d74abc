"""Blocks of ports for everything that one machine runs."""

from local.addresses import Ports
from local.free_ports import free_port

MANY = Ports(first=0).of("mongod") + 1  # the last of them


def free_block() -> Ports:
    """Return neighbours that nobody listens on, and that no other test is given for a long while."""
    run = [free_port()]
    while len(run) < MANY:
        port = free_port()
        run = [*run, port] if port == run[-1] + 1 else [port]
    return Ports(first=run[0])
