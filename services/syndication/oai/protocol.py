"""What a harvester asks: the verb and its arguments, checked as the protocol says (sections 3.1, 3.6 and 4)."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST: Final = 2000  # characters of a value

_PREFIX: Final = re.compile(r"[A-Za-z0-9\-_.!~*'()]{1,100}")
_SET: Final = re.compile(r"[A-Za-z0-9\-_.!~*'()]+(:[A-Za-z0-9\-_.!~*'()]+)*")
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")


class Code(StrEnum):
    """Why a request is refused, in the words of the protocol (section 3.6)."""

    BAD_ARGUMENT = "badArgument"
    BAD_RESUMPTION_TOKEN = "badResumptionToken"
    BAD_VERB = "badVerb"
    CANNOT_DISSEMINATE = "cannotDisseminateFormat"
    NO_SUCH_ID = "idDoesNotExist"
    NO_RECORDS = "noRecordsMatch"


class OaiError(Exception):
    """A refusal, told inside an answer with status 200 as the protocol wants it."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Verb(StrEnum):
    IDENTIFY = "Identify"
    LIST_METADATA_FORMATS = "ListMetadataFormats"
    LIST_SETS = "ListSets"
    GET_RECORD = "GetRecord"
    LIST_IDENTIFIERS = "ListIdentifiers"
    LIST_RECORDS = "ListRecords"


_LISTING: Final = frozenset({"metadataPrefix", "from", "until", "set", "resumptionToken"})
_ALLOWED: Final[Mapping[Verb, frozenset[str]]] = {
    Verb.IDENTIFY: frozenset(),
    Verb.LIST_METADATA_FORMATS: frozenset({"identifier"}),
    Verb.LIST_SETS: frozenset({"resumptionToken"}),
    Verb.GET_RECORD: frozenset({"identifier", "metadataPrefix"}),
    Verb.LIST_IDENTIFIERS: _LISTING,
    Verb.LIST_RECORDS: _LISTING,
}
_NEEDED: Final[Mapping[Verb, tuple[str, ...]]] = {
    Verb.GET_RECORD: ("identifier", "metadataPrefix"),
    Verb.LIST_IDENTIFIERS: ("metadataPrefix",),
    Verb.LIST_RECORDS: ("metadataPrefix",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A verb with arguments that it takes, each once."""

    verb: Verb
    arguments: Mapping[str, str]

    def get(self, name: str) -> str | None:
        return self.arguments.get(name)

    def echo(self) -> dict[str, str]:
        """Return the attributes of the element ``request``; a value that cannot be one is left out."""
        shown = {"verb": self.verb.value, **self.arguments}
        identifier = shown.get("identifier")
        if identifier is not None and not _URI.fullmatch(identifier):
            del shown["identifier"]
        return shown


def asked(pairs: Sequence[tuple[str, str]]) -> Asked:
    """Read a request. Raises OaiError with ``badVerb`` or ``badArgument``."""
    verb = _verb([value for name, value in pairs if name == "verb"])
    arguments = [(name, value) for name, value in pairs if name != "verb"]
    if repeated := [name for name, count in Counter(name for name, _ in arguments).items() if count > 1]:
        raise _bad(f"Send each argument once; repeated: {', '.join(map(_shown, repeated))}.")
    if unknown := [name for name, _ in arguments if name not in _ALLOWED[verb]]:
        takes = ", ".join(sorted(_ALLOWED[verb])) or "no arguments"
        raise _bad(f"{verb} takes {takes}, and not: {', '.join(map(_shown, unknown[:10]))}.")
    given = dict(arguments)
    if long := [name for name, value in given.items() if len(value) > LONGEST]:
        raise _bad(f"Send at most {LONGEST} characters: {', '.join(long)}.")
    if "resumptionToken" in given:
        if len(given) > 1:
            raise _bad("A resumptionToken stands alone: it holds all other arguments.")
    elif missing := [name for name in _NEEDED.get(verb, ()) if name not in given]:
        raise _bad(f"{verb} needs: {', '.join(missing)}.")
    _check_forms(given)
    return Asked(verb=verb, arguments=given)


def _verb(given: Sequence[str]) -> Verb:
    known = ", ".join(Verb)
    if not given:
        raise OaiError(Code.BAD_VERB, f"Send a verb: {known}.")
    if len(given) > 1:
        raise OaiError(Code.BAD_VERB, "Send one verb.")
    if given[0] not in set(Verb):
        raise OaiError(Code.BAD_VERB, f"There is no verb {_shown(given[0])}; there are: {known}.")
    return Verb(given[0])


def _check_forms(given: Mapping[str, str]) -> None:
    if "metadataPrefix" in given and not _PREFIX.fullmatch(given["metadataPrefix"]):
        raise _bad("The metadataPrefix has characters that no prefix has.")
    if "set" in given and not _SET.fullmatch(given["set"]):
        raise _bad("The set has characters that no setSpec has; ListSets gives those there are.")


def _bad(message: str) -> OaiError:
    return OaiError(Code.BAD_ARGUMENT, message)


def _shown(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:40]
