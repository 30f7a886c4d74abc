"""No page is heavier than 100 kB on a first visit, and none waits for more than three calls after one another."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
import pytest_asyncio

from tests.web.places import Placed, everywhere
from tests.web.scene import Scene
from tests.web.site import Site
from tests.web.weights import MOST_BYTES, MOST_IN_SEQUENCE, in_sequence, weight

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(300)]


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def visitors() -> AsyncIterator[tuple[AsyncExitStack, dict[str | None, httpx.AsyncClient]]]:
    """A browser for each person, signed in once."""
    async with AsyncExitStack() as stack:
        yield stack, {}


@pytest.mark.parametrize(("name", "placed"), everywhere(), ids=[name for name, _ in everywhere()])
async def test_a_page_is_light_and_its_calls_do_not_queue(
    name: str,
    placed: Placed,
    scene: Scene,
    visitors: tuple[AsyncExitStack, dict[str | None, httpx.AsyncClient]],
    site: Site,
) -> None:
    place = placed(scene)
    stack, known = visitors
    if place.sub not in known:
        entering = site.signed_in(place.sub) if place.sub else site.browser()
        known[place.sub] = await stack.enter_async_context(entering)
    http = known[place.sub]
    answer = await http.get(place.path)
    assert answer.status_code == place.status
    heavy = await weight(http, place.path, status=place.status)
    waits = in_sequence(answer)
    print(f"weight {name}: {heavy} bytes, {waits} in sequence")  # noqa: T201 - shown with -s
    assert heavy <= MOST_BYTES
    assert waits <= MOST_IN_SEQUENCE
