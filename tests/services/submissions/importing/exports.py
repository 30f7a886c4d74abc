"""Exports of our own invention, in the shapes that the platform's exports have."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

GRANT = (
    "EU Grant award in euros (This amount represents the grant awarded after the selection stage and is indicative."
    " Please note that any changes made during or after the project's lifetime will not be reflected here.)"
)
ENGLISH = (
    "Our college sends cooks to kitchens by the sea. They travel by ferry and by train, and the journey is part of the"
    " course. Every placement was recognised as one module of the award at home. The mentors are cooks themselves."
)
FRENCH = (
    "Notre lycée envoie des apprentis dans des cuisines au bord de la mer. Ils voyagent en bateau et en train, et le"
    " voyage fait partie de la formation. Chaque stage a été reconnu comme un module du diplôme."
)
HEADER = (
    "Programme", "Key Action", "Action Type", "Call year", "Project Identifier", "Project Title", "Topics",
    "Project Summary", "Project Status", GRANT, "Is Good Practice", "Project Website",
    "Results Platform Project Card", "Participating countries", "Coordinating organisation name",
    "Coordinating organisation type", "Coordinator's country", "Coordinator's website",
    "Partner 1 name", "Partner 1 organisation type", "Partner 1 country", "Partner 1 website",
    "Partner 2 name", "Partner 2 organisation type", "Partner 2 country", "Partner 2 website",
)  # fmt: skip


def row(identifier: str = "2021-1-EL01-KA122-VET-000001", **changes: str) -> dict[str, str]:
    """Return one project, with some cells changed by the column's name."""
    return {
        "Programme": "Erasmus+",
        "Key Action": "Learning Mobility of Individuals",
        "Action Type": "Short-term projects for mobility of learners and staff in vocational education and training",
        "Call year": "2021",
        "Project Identifier": identifier,
        "Project Title": "Kitchens by the sea, reached without a single flight",
        "Topics": "Recognition, transparency, certification; Green transport and mobility",
        "Project Summary": ENGLISH,
        "Project Status": "finalized",
        GRANT: "12345.50",
        "Is Good Practice": "Yes",
        "Project Website": "www.kitchens.example.org",
        "Results Platform Project Card": "https://results.example.org/#project/1",
        "Participating countries": "EL,UK,FR",
        "Coordinating organisation name": "Σχολή Μαγειρικής",
        "Coordinating organisation type": "School/Institute/Educational centre – Vocational Training (secondary level)",
        "Coordinator's country": "EL",
        "Coordinator's website": "http://school.example.gr",
        "Partner 1 name": 'Harbour College, "The Quay"',
        "Partner 1 organisation type": "Higher education institution (tertiary level)",
        "Partner 1 country": "UK",
        "Partner 1 website": "",
        **changes,
    }  # fmt: skip


def written(
    rows: Sequence[dict[str, str]], header: Sequence[str] = HEADER, *, delimiter: str = ",", bom: bool = True
) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, header, delimiter=delimiter, extrasaction="ignore", restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig" if bom else "utf-8")


def saved(folder: Path, content: bytes, name: str = "export.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def real_export() -> Path | None:
    """The real export, where it lies beside the project; it is not part of it."""
    path = Path(__file__).parents[5] / "shared" / "data" / "erasmus-plus-results-export.csv"
    return path if path.is_file() else None
