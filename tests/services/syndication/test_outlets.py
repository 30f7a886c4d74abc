"""The routes that everybody may read: who may call, and strange input."""

from __future__ import annotations

from tests.access_table import assert_access_holds
from tests.http_fuzz import assert_api_holds
from tests.services.syndication.outlets import Outlets
from tests.tokens import Issuer


async def test_everybody_may_read(out: Outlets) -> None:
    assert await assert_access_holds(out.app, Issuer(), values={"number": "1"}) > 20


async def test_strange_input_gets_an_answer_that_the_contract_tells_of(out: Outlets) -> None:
    await out.publish("p1")
    assert await assert_api_holds(out.app, values={"number": "1"}) > 50
