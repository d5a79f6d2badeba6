"""Going on with a text from one of its steps: the same die, another setting or another token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bot.asking.requests import asked_again
from bot.client import Interaction
from bot.features.continuation.presenter import ContinuationPresenter, kind_after, page_of
from bot.features.explorer import branching_texts
from bot.features.explorer.branches.words import OPENING_LIMIT
from bot.features.explorer.presenter import ExplorerPresenter
from bot.features.explorer.rest_of_text import request_from_step, rest_after, text_up_to
from bot.features.explorer.step.labels import spoken
from bot.features.explorer.swap.splice import spliced
from bot.features.explorer.word import texts as word_texts
from bot.messages.errors import report
from bot.messages.live import Page
from bot.messages.place import Place, step_view
from bot.render.frame import Frame
from bot.render.markdown import clip, escape
from bot.render.step import StepView, join_tokens
from bot.storage import Storage, StorageError
from bot.storage.branches import Branch, Link
from bot.storage.records import StoredReply
from bot.ui.replies import require_kept, stored_reply
from engine import Step


@dataclass(frozen=True, kw_only=True)
class BranchPresenter(ContinuationPresenter):
    """The screens of a branch, which takes its place in the tree when it is written.

    Attributes:
        storage: Keeps the tree.
        branch: Its place, as far as it is known before it is written.
        given: How many tokens a person put there.
        is_parent_shown: Whether the parent counts as private though somebody else sees it: it was
            shown before that was noted.
    """

    storage: Storage
    branch: Branch
    given: int
    is_parent_shown: bool = False

    async def finished(self, reply: StoredReply) -> Page:
        """Link the text with the one that it leaves, and show it whole."""
        branch = with_opening(self.branch, reply, self.given)
        lost = await link(self.storage, branch, is_parent_shown=self.is_parent_shown)
        notes = (*self.frame.notes, *lost)
        return page_of(self.client, reply, Frame.of_text(reply, reply.text_before, notes))


def branch_of(reply_id: str, parent: StoredReply, view: StepView, given: Sequence[Step]) -> Branch:
    """Return the place of a text that is about to be written.

    Args:
        reply_id: Of the text.
        parent: The text that it leaves.
        view: Its step.
        given: The steps that stand there instead.
    """
    return Branch(
        reply_id=reply_id,
        parent_id=parent.reply_id,
        attempt=view.attempt,
        step=view.step,
        token=_text_of(given),
        opening="",
    )


def with_opening(branch: Branch, reply: StoredReply, given: int) -> Branch:
    """Return the place of a written text, with the first words behind its given tokens."""
    behind = reply.completion.attempts[0].steps[branch.step + given :]
    return replace(branch, opening=clip(_text_of(behind), OPENING_LIMIT))


def _text_of(steps: Sequence[Step]) -> str:
    return join_tokens([step.chosen_candidate.text for step in steps])


async def link(
    storage: Storage, branch: Branch, *, is_parent_shown: bool = False
) -> tuple[str, ...]:
    """Put a text into the tree; say why it is not there, or () where it is or that is said.

    Args:
        storage: Keeps the tree.
        branch: The text's place.
        is_parent_shown: As in `BranchPresenter`.
    """
    try:
        if is_parent_shown:
            await storage.replies.set_public(branch.parent_id)
        made = await storage.branches.add(await storage.branches.hung(branch))
    except StorageError as error:
        return (branching_texts.NOT_LINKED.format(why=report(error)),)
    return (branching_texts.PARENT_GONE,) if made is Link.NO_PARENT else ()


async def step_of_kept(
    interaction: Interaction,
    reply_id: str,
    attempt: int,
    step: int,
    refusal: str = branching_texts.NOT_KEPT,
) -> tuple[StoredReply, StepView]:
    """Return a step of a text that can be gone on with.

    Args:
        interaction: A click.
        reply_id: Of the text.
        attempt: 0-based attempt.
        step: 0-based step of it.
        refusal: What is said where the prompt is not kept.

    Raises:
        UserError: The reply is gone, or its prompt is another person's message.
    """
    reply = await stored_reply(interaction, reply_id)
    require_kept(reply, refusal)
    return reply, step_view(reply, Place(attempt=attempt, step=step))


async def start_branch(
    interaction: Interaction,
    reply: StoredReply,
    view: StepView,
    given: tuple[Step, ...],
    *,
    is_ephemeral: bool,
) -> StoredReply | None:
    """Write on from other tokens than a step's own, in a new message of whoever clicked.

    Args:
        interaction: Not answered yet, or «pensando».
        reply: The text that is left.
        view: Its step.
        given: The steps that stand there instead, at least one.
        is_ephemeral: Whether only the clicker sees the branch.

    Returns:
        The branch, or None where there is no text.

    Raises:
        UserError: The text with the tokens has a word of the list, or it was refused.
        EngineError: It was refused before the first response.
    """
    client, token = interaction.client, _text_of(given)
    before = text_up_to(view, token)
    request = rest_after(client.engine, reply, view, tuple(step.chosen for step in given))
    request = asked_again(interaction, request, before)
    presenter = BranchPresenter(
        client=client,
        frame=Frame.of_text(reply, before, (_note(view, token),)),
        is_ephemeral=is_ephemeral,
        storage=client.storage,
        branch=branch_of(request.request_id, reply, view, given),
        given=len(given),
        is_parent_shown=reply.is_private and reply.owner_id != interaction.user.id,
    )
    return await client.jobs.run(
        interaction,
        request,
        kind=kind_after(reply),
        presenter=presenter,
        shaped=partial(spliced, reply, view, given),
    )


def _note(view: StepView, token: str) -> str:
    step, chosen = view.step + 1, view.current.chosen_candidate.text
    said = escape(spoken(token, ""))
    if token == chosen:
        return branching_texts.NOTE_SAME.format(step=step, token=said)
    written = escape(spoken(chosen, ""))
    return branching_texts.NOTE.format(step=step, token=said, written=written)


async def write_again(
    interaction: Interaction,
    reply: StoredReply,
    view: StepView,
    change: dict[str, Any],
    setting: str,
) -> None:
    """Write a text again from a step with other settings, and open the new text's explorer.

    Args:
        interaction: Not answered yet; the new text belongs to whoever clicked.
        reply: The text.
        view: Its step.
        change: Fields of its settings.
        setting: The change as people know it.
    """
    request = request_from_step(interaction, reply, view, change)
    tried = word_texts.TRIED.format(step=view.step + 1, setting=setting)
    presenter = ExplorerPresenter(
        interaction.client,
        start=Place(attempt=request.params.attempts - 1, step=0),
        notes=(tried,),
        is_ephemeral=True,
        before=text_up_to(view),
    )
    await interaction.client.jobs.run(interaction, request, kind="explicar", presenter=presenter)
