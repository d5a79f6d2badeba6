"""Asking for a stored text again: as it was, or with what keeps it from repeating itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from bot.errors import UserError
from bot.render.reply import Frame
from bot.storage.records import StoredReply
from bot.texts import continuar
from bot.texts import repeticion as texts
from bot.views.base import Interaction, PersistentButton, require_owner, stored_reply
from bot.views.carried import StaleItemError, item_at
from bot.views.renewal import asked_again
from engine import DecodingParams
from engine.explain import find_loop

NO_REPEAT_SIZES = (2, 3)
SAMPLING = 0
"""What stands for sampling where a size would; `_SAMPLING` is what it sets."""
_SAMPLING: Mapping[str, Any] = MappingProxyType(
    {"strategy": "sample", "temperature": 0.8, "top_p": 0.9}
)


def cure_buttons(
    reply: StoredReply, attempt: int, *, name: str | None = None, row: int | None = None
) -> tuple[CureButton, ...]:
    """Return what can be done about a text that repeats itself; () where it does not.

    Args:
        reply: Holds the text.
        attempt: 0-based.
        name: Of the text, where its message has several.
        row: Of the buttons.
    """
    is_looped = find_loop(reply.completion.attempts[attempt].token_ids) is not None
    if not is_looped or not reply.is_prompt_kept:
        return ()
    remedies = list(NO_REPEAT_SIZES)
    if reply.completion.params.strategy != "sample":
        remedies.append(SAMPLING)
    return tuple(
        CureButton(reply.reply_id, attempt, remedy, label=_label(remedy, name), row=row)
        for remedy in remedies
    )


class CureButton(PersistentButton, action="curar", args=("attempt", "remedy")):
    """Writes a text that repeats itself again, with a remedy and the same seed.

    `remedy` is a size of n-grams that may not come twice, or `SAMPLING`.
    """

    async def respond(self, interaction: Interaction) -> None:
        """Write it in a new message of the text's owner, which says what the remedy changed."""
        from bot.views.cure_presenter import CurePresenter

        attempt, remedy = self.args
        reply = await stored_reply(interaction, self.reply_id)
        require_owner(interaction, reply)
        if not reply.is_prompt_kept:
            raise UserError(continuar.NOT_KEPT_CLICK)
        item_at(reply.completion.attempts, attempt)
        if remedy not in {SAMPLING, *NO_REPEAT_SIZES}:
            raise StaleItemError
        fresh = asked_again(interaction, reply.request, reply.text_before)
        request = replace(
            fresh,
            params=_cured(fresh.params, attempt, remedy),
            revision=reply.completion.revision,
        )
        message = interaction.message
        # A message of several texts quotes no prompt above them.
        head = Frame.of_message(message.content).head if message is not None else ""
        presenter = CurePresenter(
            engine=interaction.client.engine,
            frame=Frame(head=head) if head else Frame.of_prompt(reply.text_before),
            is_ephemeral=message is not None and message.flags.ephemeral,
            before=reply,
            attempt=attempt,
        )
        await interaction.client.jobs.run(
            interaction, request, kind="continuar", presenter=presenter
        )


def _label(remedy: int, name: str | None) -> str:
    label = texts.SAMPLING if remedy == SAMPLING else texts.NO_REPEAT.format(size=remedy)
    return label if name is None else texts.OF.format(remedy=label, name=name)


def _cured(params: DecodingParams, attempt: int, remedy: int) -> DecodingParams:
    if remedy == SAMPLING:
        return replace(params, **_SAMPLING, attempts=1)
    # Each try has a die of its own: the same number of tries has the same die.
    return replace(params, no_repeat_ngram_size=remedy, attempts=attempt + 1)
