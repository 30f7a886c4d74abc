"""Who may see what of a case."""

from shared.errors import NotFound

from .case import Case, CaseState
from .conflict import Person, conflicts
from .errors import ConflictOfInterest


def reviewer_sees(case: Case, person: Person) -> bool:
    """Reviewers see open cases, and closed ones they took part in; never one they have a conflict with."""
    if conflicts(person, case.parties, case.declared):
        return False
    return case.state is CaseState.OPEN or person.person_id in case.took_part


def require_reviewer_sight(case: Case, person: Person) -> None:
    """Raise the very NotFound that a case which does not exist raises."""
    if not reviewer_sees(case, person):
        raise no_such_case()


def require_impartial(case: Case, person: Person) -> None:
    """For coordinators, who know of every case: raise ConflictOfInterest with the reasons."""
    if found := conflicts(person, case.parties, case.declared):
        raise ConflictOfInterest(
            "Another coordinator has to do this.", extra={"reasons": sorted(reason.value for reason in found)}
        )


def no_such_case() -> NotFound:
    return NotFound("There is no such case.")
