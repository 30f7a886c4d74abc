"""Mail addresses as people's sign-ins give them: taken, brought to a form a relay accepts, or refused with a reason."""

import re
from dataclasses import dataclass

import idna

LONGEST_ADDRESS = 254  # RFC 5321, section 4.5.3.1.3
LONGEST_LOCAL_PART = 64  # RFC 5321, section 4.5.3.1.1

# RFC 5321 dot-string, and beyond ASCII what RFC 6531 adds. Quoted local parts are refused: nobody has one.
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*")


class Refused(ValueError):
    """The address cannot be written to; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """``text`` has its domain in ASCII (RFC 5890 A-labels); only the local part may go beyond it."""

    text: str

    @property
    def needs_smtputf8(self) -> bool:
        """Say whether only a relay that speaks RFC 6531 can take it."""
        return not self.text.isascii()

    @property
    def mask(self) -> str:
        """Return what an administrator may see of it: the first letter and the domain."""
        local, _, domain = self.text.rpartition("@")
        return f"{local[:1]}…@{domain}"


def read_address(text: str) -> Address:
    """Return the address, its domain in ASCII; raises Refused."""
    local, at, domain = text.strip().rpartition("@")
    if not at or not local or not domain:
        raise Refused("An address has one part before and one part after its @.")
    if not _LOCAL.fullmatch(local):
        raise Refused("The part before the @ has a character that mail does not carry.")
    if len(local.encode()) > LONGEST_LOCAL_PART:
        raise Refused(f"The part before the @ is longer than {LONGEST_LOCAL_PART} bytes.")
    try:
        ascii_domain = idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise Refused("The part after the @ is not the name of a domain.") from error
    address = f"{local}@{ascii_domain}"
    if len(address.encode()) > LONGEST_ADDRESS:
        raise Refused(f"The address is longer than {LONGEST_ADDRESS} bytes.")
    return Address(text=address)
