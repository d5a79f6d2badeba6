"""How a text that is written again, so that it does not repeat itself, shows itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.live import Page
from bot.render.repetition import change_line
from bot.storage.records import StoredReply
from bot.views.continuation import LAST_PAGE, ContinuationPresenter, continuation_page


@dataclass(frozen=True, kw_only=True)
class CurePresenter(ContinuationPresenter):
    """The screens of a text that is written again so that it does not repeat itself.

    Attributes:
        before: Holds the text that does.
        attempt: 0-based attempt of it.
    """

    before: StoredReply
    attempt: int

    async def finished(self, reply: StoredReply) -> Page:
        """Show the text, which is the last try, and what changed."""
        change = change_line(self.before.completion, self.attempt, reply.completion)
        frame = replace(self.frame, notes=(change,))
        return continuation_page(reply, frame, LAST_PAGE, self.engine)
