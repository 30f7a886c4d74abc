"""What everybody may see of a contribution once it is published."""

from typing import Any

from shared.contribution.content import Content

_PUBLIC = "public"


def public_content(content: Content) -> dict[str, Any]:
    """Return the JSON form without what is not for the public.

    Left out are the contact unless it is declared public, the accounts behind the authors, and the declarations
    except who paid for it.
    """
    document = content.as_json()
    if content.contact is None or content.contact.visibility != _PUBLIC:
        document.pop("contact", None)
    for author in document.get("authors", ()):
        author.pop("person_id", None)
    funding = document.pop("declarations", {}).get("funding")
    return document | ({"declarations": {"funding": funding}} if funding else {})
