"""A letter as the bytes that go over the wire (RFC 5322, MIME, RFC 2369, RFC 8058).

Written by hand rather than with ``email.message``: its policies fold a long List-Unsubscribe into encoded words, which
mailbox providers do not read, and it takes ten times as long. No header can hold a line break of its value's making.
"""

import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime

from services.notifications.domain.addresses import Address
from services.notifications.domain.titles import one_line, shorten

_LONGEST_SUBJECT = 160
_LONGEST_NAME = 70
_SPECIALS = frozenset('()<>[]:;@\\,."')


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail to one person. ``thread`` groups the mails about one thing; ``unsubscribe`` is a whole address."""

    message_id: str
    date: datetime
    sender_name: str
    sender: Address
    recipient_name: str
    recipient: Address
    language: str
    subject: str
    text: str
    html: str
    unsubscribe: str
    thread: str | None = None


def to_bytes(letter: Letter) -> bytes:
    """Return the whole message with CRLF line ends, pure ASCII unless an address itself is not."""
    boundary = "=_" + hashlib.sha256(letter.message_id.encode()).hexdigest()[:24]
    headers = [
        ("From", _mailbox("From", letter.sender_name, letter.sender)),
        ("To", _mailbox("To", letter.recipient_name, letter.recipient)),
        ("Subject", _words("Subject", shorten(one_line(letter.subject), _LONGEST_SUBJECT))),
        ("Date", format_datetime(letter.date)),
        ("Message-ID", letter.message_id),
        ("Content-Language", letter.language),
        ("Auto-Submitted", "auto-generated"),  # RFC 3834: no vacation notice comes back
        # Never folded and never encoded: RFC 8058 is read by machines, from the bytes.
        ("List-Unsubscribe", f"<{letter.unsubscribe}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    if letter.thread:
        headers.insert(5, ("References", letter.thread))
    head = "".join(f"{name}: {value}\r\n" for name, value in headers).encode()
    parts = (_part("plain", letter.text), _part("html", letter.html))
    marker = boundary.encode()
    body = b"".join(b"--" + marker + b"\r\n" + part + b"\r\n" for part in parts)
    return head + b"\r\n" + body + b"--" + marker + b"--\r\n"


def _part(subtype: str, content: str) -> bytes:
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    lines = "\n".join(content.encode("utf-8", "replace").decode().splitlines())
    # istext=True keeps our line ends and encodes every other control character and trailing space; it folds with \n.
    return head.encode("ascii") + binascii.b2a_qp(lines.encode(), istext=True).replace(b"\n", b"\r\n")


def _mailbox(header: str, name: str, address: Address) -> str:
    name = shorten(one_line(name), _LONGEST_NAME)
    if not name:
        return address.text
    if not name.isascii() or "=?" in name:
        return f"{_words(header, name)} <{address.text}>"
    if _SPECIALS.intersection(name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name} <{address.text}>"


def _words(header: str, text: str) -> str:
    """Return the text as RFC 2047 encoded words when it is not ASCII, folded to 76 characters."""
    # What looks like an encoded word is encoded, so that it is read as what it is.
    charset = "us-ascii" if text.isascii() and "=?" not in text else "utf-8"
    return Header(text, charset, maxlinelen=76, header_name=header).encode(linesep="\r\n")
