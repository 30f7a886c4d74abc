"""How the files of a run are shared out between workers."""

from collections import OrderedDict
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.distribution import FewInstallations, package_of, rank

WEB, WEB_2, JOURNEY, PLAIN = "tests/web/a.py", "tests/web/b.py", "tests/journeys/a.py", "tests/shared/a.py"


@dataclass(eq=False)
class Worker:
    """Remembers which tests it was given."""

    given: list[int] = field(default_factory=list)
    shutting_down: bool = False

    def send_runtest_some(self, indices: list[int]) -> None:
        self.given += indices

    def shutdown(self) -> None:
        self.shutting_down = True


@pytest.fixture
def scheduling() -> Any:
    log = SimpleNamespace(loadscopesched=lambda *_: None, loadfilesched=lambda *_: None)
    config = SimpleNamespace(getvalue=lambda _: ["popen", "popen"], option=SimpleNamespace(loadscopereorder=True))
    return FewInstallations(cast("pytest.Config", config), cast("Any", log))


def test_a_worker_stays_in_the_package_whose_installation_it_has(scheduling: Any) -> None:
    files = [WEB, PLAIN, WEB_2, JOURNEY]
    scheduling.workqueue = OrderedDict((file, {f"{file}::test": False}) for file in files)
    first, second = Worker(), Worker()
    tests = [f"{file}::test" for file in files]
    scheduling.registered_collections = {first: tests, second: tests}
    for worker in (first, second, first, second):
        scheduling._assign_work_unit(worker)
    assert [files[index] for index in first.given] == [WEB, WEB_2]
    assert [files[index] for index in second.given] == [JOURNEY, PLAIN]


def test_a_worker_goes_where_another_is_only_when_nothing_else_is_left() -> None:
    web, journeys = package_of(WEB), package_of(JOURNEY)
    assert sorted([web, journeys, ""], key=lambda package: rank(package, web, {journeys})) == [web, "", journeys]
    assert sorted([web, journeys, ""], key=lambda package: rank(package, "", {journeys})) == [web, "", journeys]
    assert package_of(PLAIN) == ""
