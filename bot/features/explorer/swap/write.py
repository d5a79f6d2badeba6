"""Putting another word in a token's place and writing on from it, in the same message."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from bot.asking.requests import asked_again
from bot.client import Client, Interaction
from bot.features.explorer.branching import branch_of, link, with_opening
from bot.features.explorer.presenter import ExplorerPresenter
from bot.features.explorer.rest_of_text import require_no_end, rest_after, text_up_to
from bot.features.explorer.swap import texts
from bot.features.explorer.swap.back import OriginalButton
from bot.features.explorer.swap.splice import given_step, spliced
from bot.messages.errors import UserError
from bot.messages.live import Page
from bot.messages.place import PageName, Place
from bot.messages.responses import acknowledge, acknowledge_click, is_acknowledged
from bot.render.step import StepView, join_tokens
from bot.render.word_list import masked_step
from bot.storage.errors import StorageError
from bot.storage.records import StoredReply
from bot.texts.common import BANNED_TOKEN
from bot.ui.turning import is_private
from bot.ui.working import working_page
from engine import GenerationRequest, Step
from engine.explain import Moment, RedrawRequest


class SwapPresenter(ExplorerPresenter):
    """The screens of a text that goes on from another word, in the explorer's own message.

    Args:
        client: Knows who builds the last page.
        original: The text that is left.
        view: Its step.
        given: The steps that a person chose.
        page: Where the changed text is opened.
    """

    def __init__(
        self,
        client: Client,
        original: StoredReply,
        view: StepView,
        given: tuple[Step, ...],
        page: PageName,
    ) -> None:
        token = join_tokens([step.chosen_candidate.text for step in given])
        super().__init__(
            client,
            start=Place(step=view.step, candidates=view.candidates, page=page),
            notes=(),
            is_ephemeral=True,
            before=text_up_to(view, token),
        )
        self._original, self._view, self._given = original, view, given

    def failed(self, text: str, request: GenerationRequest) -> Page:
        """Show why the text could not be changed, and the way back to it."""
        view = self._view
        place = Place(attempt=view.attempt, step=view.step, candidates=view.candidates)
        back = OriginalButton.at(self._original.reply_id, place)
        return working_page(request, text, is_stoppable=False, buttons=(back,), before=self._before)

    async def finished(self, reply: StoredReply) -> Page:
        """Put the changed text into the tree, and open it at the word."""
        branch = branch_of(reply.reply_id, self._original, self._view, self._given)
        branch = with_opening(branch, reply, len(self._given))
        lost = await link(self._client.storage, branch)
        place = self._opening(reply)
        try:
            return await self._page(reply, place, lost)
        except (UserError, StorageError):
            # The text is written: it is shown although there is no tree with it.
            return await self._page(reply, replace(place, page=PageName.STEP), lost)


async def write_swapped(
    interaction: Interaction,
    reply: StoredReply,
    view: StepView,
    token_ids: tuple[int, ...],
    page: PageName = PageName.STEP,
) -> None:
    """Put tokens in a step's place; the clicked message goes on from there, with the same dice.

    Args:
        interaction: A click on a page that only its reader sees (in the channel, the changed text
            opens in a message of the clicker's own); it may have been accepted already.
        reply: The text that is left; it stays as it is.
        view: Its step.
        token_ids: What stands there instead, at least one.
        page: Where the changed text is opened.

    Raises:
        UserError: A token ends texts, or the text with them has a word of the list.
        EngineError: They could not be read, or the request was refused.
    """
    client = interaction.client
    require_no_end(client.engine, reply, view.attempt, token_ids[-1])
    is_in_place = is_private(interaction)
    accept: Callable[[], Awaitable[object]] = (
        partial(acknowledge_click, interaction)
        if is_in_place
        else partial(acknowledge, interaction, ephemeral=True)
    )
    given = await given_steps(interaction, reply, view, token_ids, accept)
    tokens = [step.chosen_candidate.text for step in given]
    request = rest_after(client.engine, reply, view, token_ids)
    request = asked_again(interaction, request, text_up_to(view, *tokens))
    await client.jobs.run(
        interaction,
        request,
        kind="explicar",
        presenter=SwapPresenter(client, reply, view, given, page),
        is_in_place=is_in_place,
        shaped=partial(spliced, reply, view, given),
    )


async def given_steps(
    interaction: Interaction,
    reply: StoredReply,
    view: StepView,
    token_ids: tuple[int, ...],
    accept: Callable[[], Awaitable[object]],
) -> tuple[Step, ...]:
    """Return the steps at which a person puts tokens: recorded ones, else read by the engine.

    Args:
        interaction: A click.
        reply: The text that is left.
        view: Its step.
        token_ids: At least one.
        accept: Accepts the click, where the engine has to be asked and nobody has accepted it.

    Raises:
        UserError: A token is on the word list, or too many requests.
        EngineError: As `Engine.explain`.
    """
    given = _recorded(view, token_ids)
    if given is not None:
        return given
    client = interaction.client
    with await client.limits.admit(interaction.user.id) as ticket:
        if not is_acknowledged(interaction):
            await accept()
        given = await _read(client, interaction.user.id, reply, view, token_ids)
        # It is one request of the person, not two.
        ticket.refund()
    return given


def _recorded(view: StepView, token_ids: tuple[int, ...]) -> tuple[Step, ...] | None:
    """Return the step of one token that is among its candidates; others are read first.

    Raises:
        UserError: It was on the word list.
    """
    found = [c for c in view.current.candidates if (c.token_id,) == token_ids]
    if any(candidate.text == BANNED_TOKEN for candidate in found):
        raise UserError(texts.BANNED)
    return tuple(given_step(view.current, candidate) for candidate in found) or None


async def _read(
    client: Client, user_id: int, reply: StoredReply, view: StepView, token_ids: tuple[int, ...]
) -> tuple[Step, ...]:
    """Read what the model says at each of the tokens, under the word list of today.

    Raises:
        UserError: One of them is on the list.
        EngineError: As `Engine.explain`.
    """
    request = replace(
        reply.request, params=replace(reply.request.params, bad_words=client.blocked_words)
    )
    first = Moment.of(request, reply.completion, attempt=view.attempt, step=view.step)
    given = []
    for place, token_id in enumerate(token_ids):
        moment = replace(
            first,
            context_ids=(*first.context_ids, *token_ids[:place]),
            t=first.t + place,
            chosen=token_id,
            written=first.written + place,
        )
        answer = await client.engine.explain(
            RedrawRequest(
                moment=moment,
                params=request.params,
                model=reply.request.model,
                revision=reply.completion.revision,
                user_id=user_id,
                deadline_s=client.settings.request_timeout_s,
            )
        )
        step = masked_step(answer.step)
        candidate = next(c for c in step.candidates if c.token_id == token_id)
        if candidate.text == BANNED_TOKEN:
            raise UserError(texts.BANNED)
        given.append(given_step(step, candidate))
    return tuple(given)
