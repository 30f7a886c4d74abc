"""What ``completeness`` finds, in the languages the house writes in."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from shared.contribution.completeness import MOBILITY_THEMES
from shared.contribution.readable import field_label
from shared.errors import FieldError
from shared.vocabulary import vocabulary

LANGUAGES: Final = ("en", "fr", "de")

_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "fill-in": {"fr": "À remplir", "de": "Bitte ausfüllen"},
    "choose-one": {"fr": "Choisissez une option", "de": "Wählen Sie eine Möglichkeit"},
    "choose-several": {"fr": "Choisissez au moins une option", "de": "Wählen Sie mindestens eine Möglichkeit"},
    "rights": {
        "fr": "Déclarez que vous détenez les droits ou que vous pouvez partager tout ce qui se trouve ici",
        "de": "Erklären Sie, dass Sie die Rechte haben oder alles hier weitergeben dürfen",
    },
    "consent": {
        "fr": "Déclarez que toutes les personnes nommées ou montrées ont donné leur accord",
        "de": "Erklären Sie, dass alle genannten oder gezeigten Personen zugestimmt haben",
    },
    "required-in-source-language": {
        "fr": "Écrivez-le aussi dans la langue d’origine ({language})",
        "de": "Schreiben Sie das auch in der Ausgangssprache ({language})",
    },
    "contradiction": {
        "fr": "Retirez « {none} » ou les instruments qui l’accompagnent",
        "de": "Nehmen Sie „{none}“ heraus oder die Instrumente daneben",
    },
    "participants": {
        "fr": "Le thème « {theme} » porte sur : {participants} ; ajoutez-les ici ou retirez le thème",
        "de": "Das Thema „{theme}“ betrifft: {participants}; hier hinzufügen oder das Thema herausnehmen",
    },
}
_PLURAL_MESSAGE: Final = "Choose at least one"


def in_words(finding: FieldError, language: str) -> FieldError:
    """Return the finding with its message in ``language``, where there are words in it; else as it is, in English."""
    spoken = language.partition("-")[0].lower()
    words = _WORDS.get(_kind(finding), {}).get(spoken)
    if words is None:
        return finding
    return replace(finding, message=words.format(**_values(finding, spoken)))


def label_of(finding: FieldError, language: str) -> str:
    """Return what the field of a finding is called, in ``language`` (else in English)."""
    spoken = language.partition("-")[0].lower()
    return field_label(_steps(finding), spoken if spoken in LANGUAGES else "en")


def _kind(finding: FieldError) -> str:
    if finding.code not in ("required", "must-be-true"):
        return finding.code
    steps = _steps(finding)
    if steps[0] == "declarations":
        return steps[-1]
    if not finding.allowed:
        return "fill-in"
    return "choose-several" if finding.message == _PLURAL_MESSAGE else "choose-one"


def _values(finding: FieldError, spoken: str) -> dict[str, str]:
    """What a sentence names: the code lists have it in every language."""
    if finding.code == "required-in-source-language":
        tag = _steps(finding)[-2]
        return {"language": vocabulary("languages").label(tag.partition("-")[0], spoken)}
    if finding.code == "contradiction":
        return {"none": vocabulary("recognition-instruments").label("none", spoken)}
    if finding.code == "participants":
        theme = next(theme for theme in MOBILITY_THEMES if theme in finding.message)
        people = vocabulary("mobility-participants").label(MOBILITY_THEMES[theme], spoken)
        return {"theme": vocabulary("themes").label(theme, spoken), "participants": people}
    return {}


def _steps(finding: FieldError) -> tuple[str, ...]:
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in finding.pointer.split("/")[1:])
