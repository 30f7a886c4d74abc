"""Which files are read for what they say. Apart from the reading, so that whoever only asks loads no library for it."""

from typing import Final

OOXML: Final = "application/vnd.openxmlformats-officedocument."
ODF: Final = "application/vnd.oasis.opendocument."
PDF: Final = "application/pdf"
TEXTS: Final = frozenset({"text/plain", "text/csv"})
READABLE: Final = frozenset(
    {
        PDF,
        *TEXTS,
        *(
            f"{OOXML}{kind}"
            for kind in ("wordprocessingml.document", "presentationml.presentation", "spreadsheetml.sheet")
        ),
        *(f"{ODF}{kind}" for kind in ("text", "presentation", "spreadsheet")),
    }
)
