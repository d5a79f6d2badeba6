"""The way back from a changed text to the one that nobody had changed."""

from __future__ import annotations

from bot.client import Interaction, Reading
from bot.features.explorer.items import TurnButton
from bot.features.explorer.swap import texts
from bot.messages.place import PageName, Place, Role
from bot.ui.replies import stored_reply
from bot.ui.turning import open_at, turn_to


class OriginalButton(
    TurnButton,
    action="volver-original",
    args=("attempt", "step", "candidates", "publisher", "role"),
):
    """Turns to the text as it was before anybody changed a word of it."""

    page = PageName.STEP

    @classmethod
    def at(cls, reply_id: str, place: Place) -> OriginalButton:
        """Build the button that leads to a place of the original."""
        return cls.to(reply_id, place, place.step, Role.BACK, texts.BACK_TO_ORIGINAL)

    async def respond(self, interaction: Interaction) -> None:
        """Show the original; from a page in the channel, a private one only to its owner.

        Raises:
            UserError: It is gone, or is not for this reader.
        """
        place = self.place
        reply = await stored_reply(interaction, self.reply_id)
        show = open_at if place.is_public and reply.is_private else turn_to
        await show(interaction, self.reply_id, place)


async def original_button(reading: Reading) -> OriginalButton | None:
    """Return the way back to the original of a changed text; None where nobody changed a word."""
    attempt = reading.reply.completion.attempts[reading.view.attempt]
    if not any(step.is_given for step in attempt.steps):
        return None
    change = await reading.client.storage.branches.original_of(reading.reply.reply_id)
    if change is None:
        return None
    place = reading.place
    original = Place(
        attempt=change.attempt,
        step=reading.view.step,
        candidates=place.candidates,
        publisher=place.publisher,
    )
    return OriginalButton.at(change.parent_id, original)
