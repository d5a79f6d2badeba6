"""The rest of a text from one of its steps: what the engine is asked for, and where it may end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.asking.requests import asked_again
from bot.client import Interaction
from bot.features.explorer import branching_texts
from bot.messages.errors import UserError
from bot.messages.place import CANDIDATE_CHOICES
from bot.render.model_names import model_info
from bot.render.step import StepView, join_tokens
from bot.storage.records import StoredReply
from engine import Engine, FinishReason, GenerationRequest, ModelInfo

LEAST_BEHIND = 12
_ENDED: FinishReason = "eos"


def request_from_step(
    interaction: Interaction, reply: StoredReply, view: StepView, change: dict[str, Any]
) -> GenerationRequest:
    """Ask for the rest of a text again, with the same die.

    Raises:
        UserError: The text up to the step has a word that is on the list by now.
    """
    return asked_again(interaction, _rest_of(reply, view, change), text_up_to(view))


def _rest_of(reply: StoredReply, view: StepView, change: dict[str, Any]) -> GenerationRequest:
    """Return the request of what comes from a step on.

    Later attempts throw other dice, so those before them are asked for too; a ranking would move
    them from their places.
    """
    asked = reply.request
    params = replace(asked.params.after(view.step), **change)
    if params.strategy == "sample_and_rank":
        params = replace(params, strategy="sample")
    attempts = reply.completion.die_of(view.attempt) + 1 if params.resolved().draws_tokens else 1
    written = reply.completion.attempts[view.attempt].token_ids[: view.step]
    return replace(
        asked,
        params=replace(params, attempts=attempts),
        prefix_ids=(*asked.prefix_ids, *written),
        revision=reply.completion.revision,
        trace_top_n=max(CANDIDATE_CHOICES),
    )


def text_up_to(view: StepView, *more: str) -> str:
    """Return the text before a step, and tokens behind it."""
    written = (step.chosen_candidate.text for step in view.steps[: view.step])
    return view.before + join_tokens([*written, *more])


def rest_after(
    engine: Engine, reply: StoredReply, view: StepView, token_ids: tuple[int, ...]
) -> GenerationRequest:
    """Ask for what follows other tokens at a step, up to the length that the text was to have.

    Behind a late step there is a little more, so that it can be seen where the tokens lead, and
    as much as ever to end its sentence.

    Raises:
        UserError: Nothing fits behind them: a longer text would push the beginning out of the
            model's sight, and the same die would fall upon other chances.
    """
    request, taken = _rest_of(reply, view, {}), len(token_ids)
    asked = reply.request.params
    least = min(LEAST_BEHIND, asked.max_new_tokens // 2)
    length = max(1, least, request.params.max_new_tokens - taken)
    behind = taken + asked.sentence_end_tokens
    room = _room(engine, reply, view.step + behind)
    if room is not None and room < 1:
        raise UserError(branching_texts.NO_ROOM)
    params = replace(
        request.params,
        max_new_tokens=length if room is None else min(length, room),
        min_new_tokens=max(0, request.params.min_new_tokens - taken),
        sentence_end_tokens=asked.sentence_end_tokens,
    )
    return replace(request, params=params, prefix_ids=(*request.prefix_ids, *token_ids))


def require_no_end(engine: Engine, reply: StoredReply, attempt: int, token_id: int) -> None:
    """Refuse a token that ends texts: nothing goes on from it.

    Raises:
        UserError: The model, or the text itself, ends with it.
    """
    if token_id in ends_of(engine, reply, attempt):
        raise UserError(branching_texts.ENDED)


def ends_of(engine: Engine, reply: StoredReply, attempt: int) -> frozenset[int]:
    """Return the tokens that end texts: those of the model, and what this text ended with."""
    info = _model_of(engine, reply)
    ends = set() if info is None else set(info.eos_ids)
    written = reply.completion.attempts[attempt]
    if written.finish_reason == _ENDED:
        ends.add(written.token_ids[-1])
    return frozenset(ends)


def _model_of(engine: Engine, reply: StoredReply) -> ModelInfo | None:
    return model_info(engine, reply.request.model)


def _room(engine: Engine, reply: StoredReply, written: int) -> int | None:
    """Return how many tokens fit behind what the model has seen and `written` more, if known."""
    info = _model_of(engine, reply)
    positions = None if info is None else info.n_positions
    return None if positions is None else positions - len(reply.completion.prompt_ids) - written
