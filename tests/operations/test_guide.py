"""Every command that the guide, the alerts and the doctor name is there."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

GUIDE = Path("docs/operations/guide.md")
DOCTOR = Path("shared/doctor")
_COMMAND = re.compile(r"python3? -m ([\w.]+)((?: [a-z]+)?)")


def commands() -> set[tuple[str, str]]:
    """Return module and command of every line that is to be typed, here or in the doctor's words."""
    texts = [GUIDE.read_text(encoding="utf-8"), *(file.read_text(encoding="utf-8") for file in DOCTOR.glob("*.py"))]
    found = {(module, word.strip()) for text in texts for module, word in _COMMAND.findall(text)}
    services = {"submissions", "review", "search", "notifications", "syndication", "web"}
    return {pair for pair in found if pair[0] != "services."} | {(f"services.{name}", "") for name in services}


def asked_for_help(command: tuple[str, str]) -> tuple[tuple[str, str], int, str]:
    module, word = command
    run = subprocess.run(
        [sys.executable, "-m", module, *([word] if word else []), "--help"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return command, run.returncode, run.stdout + run.stderr


def test_every_command_is_there() -> None:
    wanted = commands()
    assert ("shared.bus", "replay") in wanted
    assert ("services.search", "drift") in wanted
    with ThreadPoolExecutor(2) as pool:
        for command, code, said in pool.map(asked_for_help, sorted(wanted)):
            # The services that take one word only say how they are called and refuse the rest.
            assert said.startswith("usage:"), (command, said)
            assert code in (0, 2), (command, said)
            assert "invalid choice" not in said, (command, said)


def test_links_lead_somewhere() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    anchors = {
        re.sub(r"[^a-z0-9 -]", "", one.lower()).replace(" ", "-")
        for one in re.findall(r"^## (.+)$", text, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", text):
        page, _, anchor = target.partition("#")
        assert (GUIDE.parent / page).exists() if page else anchor in anchors, target
