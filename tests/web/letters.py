"""The mails that people of a site got, as the mailbox of the demo holds them."""

import re

import httpx

from tests.waiting import eventually
from tests.web.site import Site


async def linked(site: Site, sub: str, path: str) -> str:
    """Wait for a mail to somebody with a link to ``path/...``, and return what follows: the key of the newest."""
    async with httpx.AsyncClient(trust_env=False, verify=False, base_url=site.ports.url("mailbox")) as http:

        async def key() -> str | None:
            listed = (await http.get("/api/messages", params={"to": site.account(sub).email})).json()
            for one in listed["messages"]:
                for view in ("", "/raw"):  # what is in its text, what is in its head
                    letter = (await http.get(f"/messages/{one['id']}{view}")).text
                    if found := re.search(rf"{re.escape(path)}/([\w-]+)", letter):
                        return found[1]
            return None

        return str(await eventually(key, 60))
