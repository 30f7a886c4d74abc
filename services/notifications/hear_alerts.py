"""What the events of saved searches make this service do: tell people of what is new for them, and take it back."""

from services.notifications.domain.facts import Facts
from services.notifications.domain.kinds import Kind
from services.notifications.domain.schedule import Stage
from services.notifications.hearing import Hearings, news_of
from services.notifications.tell import Telling
from shared.bus.consumer import Subscription
from shared.events.alerts import AlertRaised, Match
from shared.events.envelope import Received
from shared.store.outbox import Transaction


class HearAlerts:
    def __init__(self, hearings: Hearings) -> None:
        self._hearings = hearings

    def subscription(self) -> Subscription:
        return Subscription(durable="notifications-alerts", handlers={AlertRaised: self.on_raised})

    async def on_raised(self, event: Received[AlertRaised], tx: Transaction) -> None:
        """Tell each person at once or in the day's digest, as their search says; preferences may make it less.

        Nobody is told of what was taken down meanwhile.
        """
        hearing = self._hearings.of(tx)
        known = await hearing.contribution(event.data.practice_id)
        if known.standing.stage is Stage.TOMBSTONED:
            return
        hearing.remember(known)  # so that a tombstone heard at the same moment comes before this, or takes it back
        for match in event.data.matches:
            telling = Telling(
                event_id=event.id,
                at=event.time,
                kind=Kind.SEARCH_MATCHED,
                facts=_facts(event.data, match),
                daily=match.frequency == "daily",
                reminder_id=news_of(event.data.practice_id),
            )
            hearing.tell(telling, (match.person_id,))


def _facts(found: AlertRaised, match: Match) -> Facts:
    return Facts(
        contribution_id=found.practice_id,
        version=found.version,
        titles=found.title,
        source_language=found.source_language,
        what=found.kind,
        search=match.name,
        search_stop=match.stop,
    )
