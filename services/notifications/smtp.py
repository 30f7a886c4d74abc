"""One connection to the mail relay, kept open, and what each attempt to send over it came to.

Only one moment is unclear: after the text was handed over and before the relay answered (RFC 5321, section 4.2.5, and
RFC 1047, which describes the duplicates that come of it). Everything before is certainly not sent.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from services.notifications.domain.addresses import Address
from services.notifications.domain.ledger import Outcome, Verdict

_PLAIN_PORT, _TLS_PORT = 25, 465
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_PERMANENT = range(500, 600)
_ANSWERS = range(400, 600)
_REASON_LENGTH = 300
# RFC 3463: 5.1.x and 5.2.x speak of the mailbox; 5.7.x of policy, which is our relay's business and not the address's.
_ENHANCED = re.compile(r"^([245])\.(\d{1,3})\.\d{1,3}\b")
_MAILBOX_SUBJECTS = frozenset({"1", "2"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Where mail is handed over. ``starttls`` None means: when the relay offers it."""

    host: str
    port: int
    tls: bool
    starttls: bool | None
    user: str | None
    password: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One mail to one person, as the relay needs it."""

    sender: Address
    recipient: Address
    content: bytes


def relay_at(url: str) -> Relay:
    """Read ``smtp://`` or ``smtps://`` with percent-encoded user and password.

    With a password, a connection beyond this machine is always encrypted.
    """
    parts = urlsplit(url)
    tls = parts.scheme == "smtps"
    host = parts.hostname or ""
    secret = parts.password is not None and host not in _LOOPBACK
    return Relay(
        host=host,
        port=parts.port or (_TLS_PORT if tls else _PLAIN_PORT),
        tls=tls,
        starttls=True if secret and not tls else None,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


class Connection:
    """A connection that opens when first needed and again after each loss. One mail at a time."""

    def __init__(self, relay: Relay, *, greeting: str, timeout: float) -> None:
        self._client = SMTP(
            hostname=relay.host,
            port=relay.port,
            username=relay.user,
            password=relay.password,
            use_tls=relay.tls,
            start_tls=False if relay.tls else relay.starttls,
            local_hostname=greeting,
            timeout=timeout,
        )

    async def send(self, mail: Envelope) -> Outcome:
        """Try once. A connection that the relay closed meanwhile is opened again: nothing was handed over on it."""
        kept = self._client.is_connected
        try:
            await self._open()
            try:
                await self._announce(mail)
            except SMTPServerDisconnected:
                if not kept:
                    raise
                await self._open()
                await self._announce(mail)
        except _Unsupported as error:
            return Outcome(verdict=Verdict.REFUSED, reason=str(error))
        except SMTPRecipientRefused as error:
            return await self._turned_down(_refusal(error, of_recipient=True))
        except SMTPResponseException as error:
            # A refused greeting, sign-in or sender is our relay's settings, never the fault of this mail.
            return await self._turned_down(Outcome(verdict=Verdict.NOT_NOW, reason=_told(error), relay=True))
        except (SMTPException, OSError) as error:
            self._client.close()
            return Outcome(verdict=Verdict.NOT_NOW, reason=f"relay: {_told(error)}", relay=True)
        return await self._hand_over(mail)

    async def close(self) -> None:
        """Say goodbye, or just close when the relay no longer listens."""
        if not self._client.is_connected:
            return
        try:
            await self._client.quit()
        except (SMTPException, OSError):
            self._client.close()

    async def _open(self) -> None:
        if not self._client.is_connected:
            await self._client.connect()
            if self._client.is_ehlo_or_helo_needed:
                await self._client.ehlo()

    async def _announce(self, mail: Envelope) -> None:
        options, encoding = [f"SIZE={len(mail.content)}"], "ascii"
        if mail.sender.needs_smtputf8 or mail.recipient.needs_smtputf8:
            if not self._client.supports_extension("smtputf8"):
                raise _Unsupported("the relay takes no address beyond ASCII (SMTPUTF8, RFC 6531)")
            options, encoding = [*options, "SMTPUTF8", "BODY=8BITMIME"], "utf-8"
        if not self._client.supports_extension("size"):
            options = options[1:]
        await self._client.mail(mail.sender.text, options=options, encoding=encoding)
        await self._client.rcpt(mail.recipient.text, encoding=encoding)

    async def _hand_over(self, mail: Envelope) -> Outcome:
        try:
            await self._client.data(mail.content)
        except SMTPDataError as error:
            if error.code in _ANSWERS:
                return await self._turned_down(_refusal(error, of_recipient=False))
            self._client.close()
            return Outcome(verdict=Verdict.UNCLEAR, reason=f"an answer out of order: {_told(error)}")
        except (SMTPException, OSError) as error:
            self._client.close()
            return Outcome(verdict=Verdict.UNCLEAR, reason=f"no answer after the text: {_told(error)}")
        return Outcome(verdict=Verdict.ACCEPTED)

    async def _turned_down(self, outcome: Outcome) -> Outcome:
        """Clear the relay's mind of this mail, so that the connection can be kept for the next."""
        try:
            if self._client.is_connected:
                await self._client.rset()
        except (SMTPException, OSError):
            self._client.close()
        return outcome


class _Unsupported(Exception):
    """The relay cannot do what this mail needs."""


def _refusal(error: SMTPResponseException, *, of_recipient: bool) -> Outcome:
    if error.code not in _PERMANENT:
        return Outcome(verdict=Verdict.NOT_NOW, reason=_told(error))
    enhanced = _ENHANCED.match(error.message)
    of_mailbox = enhanced is None or enhanced[2] in _MAILBOX_SUBJECTS
    return Outcome(verdict=Verdict.REFUSED, reason=_told(error), address=of_recipient and of_mailbox)


def _told(error: Exception) -> str:
    """Say what went wrong in one bounded line."""
    if isinstance(error, SMTPResponseException):
        text = f"{error.code} {error.message}"
    else:
        text = f"{type(error).__name__}: {error}"
    return " ".join(text.split())[:_REASON_LENGTH]
