"""What somebody typed, kept in the page while the service that it is for does not answer."""

from starlette.responses import Response

from services.web.page.forms import Posted
from services.web.page.languages import OWN_NAMES
from services.web.page.visit import Visit

_OURS = ("csrf", "once")


async def not_sent(visit: Visit, action: str, form: Posted) -> Response:
    """Show what was typed with a button that sends the very same again, so that it has its effect once."""
    _ = visit._
    called = {
        "text": _("What you tell the authors"),
        "dissent": _("Why against the reviews"),
        "override": _("Why with fewer reviews"),
        "reason": _("In words, for everybody to read"),
        "parties": _("Who agreed"),
        **{f"words-{tag}": f"{_('What was agreed')} ({name})" for tag, name in OWN_NAMES.items()},
    }
    fields = [(name, value) for name in form.names() if name not in _OURS for value in form.texts(name)]
    return await visit.page(
        "board/not_sent.html",
        status=503,
        action=action,
        sent_once=form.once,
        fields=fields,
        typed=[(called[name], value) for name, value in fields if name in called],
    )
