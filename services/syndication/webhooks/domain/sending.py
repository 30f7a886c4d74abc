"""What every message carries beside its signature."""

from typing import Final

from shared.events.envelope import CONTENT_TYPE

HEADERS: Final = {"content-type": CONTENT_TYPE, "user-agent": "practice-exchange-webhooks/1"}
