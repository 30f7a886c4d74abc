"""Events of persons, said by whoever looks after the installation. Aggregate: ``person:<pseudonym>``. Internal.

What this tells is what has to be forgotten: it is deleted from the stream once every service has done so.
"""

from typing import ClassVar

from pydantic import Field

from shared.events.base import TYPE_PREFIX, EventData


class PersonErased(EventData):
    """A person is to be forgotten: what is theirs alone goes, and what has to stay names the pseudonym instead."""

    type: ClassVar[str] = TYPE_PREFIX + "person.erased.v1"
    subject: ClassVar[str] = "persons.erased"

    person_id: str
    pseudonym: str = Field(description="Stands for the person from now on, in every service the same")
    names: tuple[str, ...] = Field(default=(), description="What the person is called in what was written")
    emails: tuple[str, ...] = Field(default=(), description="The addresses of the person")
