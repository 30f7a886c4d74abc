"""Canaille, an OpenID provider by others, in this process with its memory backend: the counterpart of our own."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

from local.free_ports import free_port
from local.sign_in import Client

LOGIN = "aoife.tarpey"
PASSWORD = "correct horse battery staple"


@contextmanager
def canaille(client: Client) -> Iterator[str]:
    """Run canaille with one person, a member who may also review, and one client; gives its issuer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its libraries' own deprecations
        port = free_port()
        app = _seeded(client, port)
        server = make_server("127.0.0.1", port, app, threaded=True)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def _seeded(client: Client, port: int) -> Any:
    from canaille import create_app  # noqa: PLC0415 - it takes a second, which other tests need not pay

    key = RSAKey.generate_key(2048, auto_kid=True)
    app = create_app(
        {
            "SECRET_KEY": "of this test",
            "SERVER_NAME": f"127.0.0.1:{port}",
            "PREFERRED_URL_SCHEME": "http",
            "CANAILLE": {
                "DATABASE": "memory",
                "JAVASCRIPT": False,
                "SMTP": None,
                "LOGGING": {"version": 1, "disable_existing_loggers": False},
            },
            "CANAILLE_OIDC": {"ACTIVE_JWKS": [key.as_dict(private=True)]},
        }
    )
    with app.app_context():
        _fill(client)
    return app


def _fill(client: Client) -> None:
    from canaille.app import models  # noqa: PLC0415
    from canaille.backends import Backend  # noqa: PLC0415

    backend = Backend.instance
    person = models.User(
        user_name=LOGIN,
        formatted_name="Aoife Tarpey",
        family_name="Tarpey",
        emails=["aoife.tarpey@corrib-kitchen.example"],
        preferred_language="en",
        password=PASSWORD,
    )
    backend.save(person)
    for group in ("member", "reviewer"):
        backend.save(models.Group(display_name=group, members=[person]))
    registered = models.Client(
        client_id=client.client_id,
        client_name="Practice Exchange",
        client_id_issued_at=datetime.now(UTC),
        redirect_uris=[client.redirect_uri],
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
        scope=["openid", "profile", "email", "groups"],
        token_endpoint_auth_method="none",
        # Without it, it signs with any RSA algorithm that it finds safe.
        id_token_signed_response_alg="RS256",
    )
    backend.save(registered)
    registered.audience = [registered]
    backend.save(registered)
