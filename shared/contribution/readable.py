"""Fields and values of the record in words, as diffs, mails and comments show them."""

from typing import Any, Final

from shared.vocabulary import vocabulary

_VOCABULARIES: Final = {
    "kind": "kinds",
    "source_language": "languages",
    "evidence_level": "evidence-levels",
    "sectors": "sectors",
    "target_groups": "target-groups",
    "themes": "themes",
    "policy_links": "policy-links",
    "fora": "fora",
    "countries": "countries",
    "partner_countries": "countries",
    "country": "countries",
    "reach": "reach",
    "licence": "licences",
    "directions": "mobility-directions",
    "participants": "mobility-participants",
    "activity_type": "mobility-activities",
    "recognition_instruments": "recognition-instruments",
    "key_action": "erasmus-key-actions",
    "action_type": "erasmus-action-types",
    "visibility": "audiences",
    "provenance": "provenance",
}
_YES_NO: Final = {"en": ("yes", "no"), "fr": ("oui", "non"), "de": ("ja", "nein")}


def field_label(steps: tuple[str | int, ...], language: str = "en") -> str:
    """Return what the field at these steps of a JSON pointer is called, with the language of a text in brackets.

    Steps that the record does not have are left out; ``("title", "fr", "text")`` is "Title (French)".
    """
    fields = vocabulary("fields")
    path, spoken = "", ""
    for step in steps:
        longer = f"{path}.{step}".lstrip(".")
        if longer in fields:
            path = longer
        elif isinstance(step, str) and step not in ("text", "provenance") and not step.isdigit() and path:
            spoken = vocabulary("languages").label(step.partition("-")[0], language)
            spoken = spoken if "-" not in step else f"{spoken}, {step}"
    label = fields.label(path, language) if path else "/".join(map(str, steps))
    return f"{label} ({spoken})" if spoken else label


def readable(value: Any, steps: tuple[str | int, ...], language: str = "en") -> str | None:
    """Return a value as text to show: codes by their labels, lists with commas; None where there is nothing."""
    if value is None or value in ([], {}):
        return None
    if isinstance(value, bool):
        return _YES_NO.get(language, _YES_NO["en"])[0 if value else 1]
    if isinstance(value, list):
        return ", ".join(filter(None, (readable(item, steps, language) for item in value)))
    if isinstance(value, dict):
        told = (readable(item, (*steps, name), language) for name, item in value.items() if name != "provenance")
        return ", ".join(filter(None, told)) or None
    name = next((step for step in reversed(steps) if isinstance(step, str)), "")
    if isinstance(value, str) and name in _VOCABULARIES:
        return vocabulary(_VOCABULARIES[name]).label(value, language)
    return str(value)
