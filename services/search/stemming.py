"""Stemmers by language: Snowball's, and light ones of our own where Snowball has none.

The search library brings Snowball too, but without Polish, Czech, Estonian, Irish, Lithuanian and others; PyStemmer
holds them all in C, and as fast. Bulgarian, Latvian, Slovak and Slovenian lose their inflections by lists of endings,
as light stemmers do (Savoy, 2006). Maltese, which inflects from the inside, is left to the 4-grams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

import Stemmer

UNSTEMMED: Final = ""

# Primary subtag of BCP 47 → name of a stemmer; languages close enough to be read by the same one share it.
STEMMERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ar": "arabic",
        "bg": "bulgarian",
        "bs": "serbian",
        "ca": "catalan",
        "cs": "czech",
        "da": "danish",
        "de": "german",
        "el": "greek",
        "en": "english",
        "es": "spanish",
        "et": "estonian",
        "eu": "basque",
        "fa": "persian",
        "fi": "finnish",
        "fr": "french",
        "ga": "irish",
        "hi": "hindi",
        "hr": "serbian",
        "hu": "hungarian",
        "hy": "armenian",
        "id": "indonesian",
        "it": "italian",
        "lt": "lithuanian",
        "lv": "latvian",
        "nb": "norwegian",
        "ne": "nepali",
        "nl": "dutch",
        "nn": "norwegian",
        "no": "norwegian",
        "pl": "polish",
        "pt": "portuguese",
        "ro": "romanian",
        "ru": "russian",
        "sh": "serbian",
        "sk": "slovak",
        "sl": "slovenian",
        "sr": "serbian",
        "sv": "swedish",
        "ta": "tamil",
        "tr": "turkish",
    }
)

_SHORTEST: Final = 3  # letters that a light stemmer leaves
# Endings of nouns and adjectives: of number, case, gender and article.
_ENDINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bulgarian": "а ата ев еве евете ен ето и ие ието ии иите ите ия ията на ната ни ните ния ният но ното о "
        "ове овете ото ска ската ски ский ските ския ският ско ското та те то у ът я ят",
        "latvian": "a ai ais ajam ajiem ajos ajā ajām ajās am as e ei em es i ie iem ij ija ijai ijas iju ijām "
        "ijās im is o os s u um us ā ām ās ē ēm ēs ī īm īs š šana šanai šanas šanu šanā šanām šanās ū",
        "slovak": "a ach ami ania aniach aniam anie aniu aní aním e ech ej emi enia enie eniu ení ením i ia "
        "iach iami ich ie iu ií o och om ou ov ovi ovia u y ym ymi á ách ám é ého ému í ích ím ími ó "
        "ú ý ých ým ými",
        "slovenian": "a ah am ama ami anja anje anjem anjih anju e ega eh em ema emi emu enja enje enjem enjih "
        "enju ev i ih im imi o om oma ov u",
    }
)

Stem = Callable[[str], str]


def stemmer(name: str) -> Stem:
    """Return what takes a word in lower case to its stem, by the name of a stemmer; the empty one changes nothing."""
    if name == UNSTEMMED:
        return str
    if name in _ENDINGS:
        return _light(_ENDINGS[name].split())
    snowball = Stemmer.Stemmer(name)
    snowball.maxCacheSize = 0  # whoever asks keeps what it was told
    stem: Stem = snowball.stemWord
    return stem


def _light(endings: Iterable[str]) -> Stem:
    longest_first = sorted(set(endings), key=lambda ending: (-len(ending), ending))

    def stem(word: str) -> str:
        for ending in longest_first:
            if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
                return word[: -len(ending)]
        return word

    return stem
