"""``python -m deploy``: look at .env and fill the folder of secrets, before ``docker compose up``."""

import argparse
import sys
from pathlib import Path

from deploy.environment import problems, read_environment
from deploy.secrets import make_secrets

EXIT_BAD_INPUT = 2


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy", description=__doc__)
    parser.add_argument("command", choices=["check", "secrets"], help="only look at .env, or also make the secrets")
    parser.add_argument("--env", type=Path, default=Path(".env"), help="the file that docker compose reads (.env)")
    return parser.parse_args()


def _refuse(*words: str) -> int:
    for line in words:
        print(f"deploy: {line}", file=sys.stderr)
    return EXIT_BAD_INPUT


def main() -> int:
    arguments = _arguments()
    try:
        environment = read_environment(arguments.env)
    except FileNotFoundError:
        return _refuse(f"there is no {arguments.env}: cp .env.example {arguments.env}")
    except (OSError, ValueError) as error:
        return _refuse(str(error))
    if wrong := list(problems(environment)):
        return _refuse(*wrong)
    if arguments.command == "secrets":
        folder = Path(environment.get("SECRETS") or ".secrets")
        try:
            made = make_secrets(folder, environment)
        except (OSError, ValueError) as error:
            return _refuse(str(error))
        print(f"{len(made)} secrets made in {folder}; those that were there are as they were")
    return 0


if __name__ == "__main__":
    sys.exit(main())
