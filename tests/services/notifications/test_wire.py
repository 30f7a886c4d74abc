"""What machines read in a mail, from the bytes that the relay received."""

from __future__ import annotations

from tests.services.notifications.desk import Desk
from tests.services.notifications.sink import Mail
from tests.services.notifications.voices import Voice


async def test_the_head_that_machines_read_is_right_on_the_wire(desk: Desk) -> None:
    await desk.sign_in("ana")
    voice = Voice("c1", desk.id("ana"))
    await desk.hear(voice.submitted())
    await desk.hear_of_publication(voice)
    await desk.send()
    for mail in desk.sink.to("ana@example.org"):
        check_head(mail)


def check_head(mail: Mail) -> None:
    unsubscribe = mail.header("List-Unsubscribe")
    assert unsubscribe.startswith(b"List-Unsubscribe: <https://practice-exchange.example/unsubscribe/")
    assert unsubscribe.endswith(b">\r\n")
    assert unsubscribe.count(b"\r\n") == 1, "one line, not folded"
    assert b"=?" not in unsubscribe
    token = unsubscribe.partition(b"/unsubscribe/")[2].partition(b">")[0]
    assert len(token) == 22
    assert mail.header("List-Unsubscribe-Post") == b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    assert mail.header("Auto-Submitted") == b"Auto-Submitted: auto-generated\r\n"
    assert b"ana" not in token.lower()
