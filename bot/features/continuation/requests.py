"""What the buttons of a continuation ask of the engine."""

from __future__ import annotations

from dataclasses import replace

from bot.asking.requests import asked_again, draw_seed
from bot.client import Interaction
from bot.features.continuation import texts
from bot.features.continuation.details import MOVES
from bot.features.continuation.question import suggestion
from bot.features.continuation.remedy import NO_REPEAT_SIZES, SAMPLING, cured
from bot.messages.errors import UserError
from bot.render.settings import value_text
from bot.storage.records import StoredReply
from bot.ui.carried import StaleItemError, item_at
from engine import GenerationRequest


def going_on(
    interaction: Interaction, reply: StoredReply, attempt: int
) -> tuple[GenerationRequest, str]:
    """Ask what follows an attempt, from its token ids.

    Args:
        interaction: The click.
        reply: Holds the attempt.
        attempt: 0-based.

    Returns:
        The request, and all the text that it goes on from.

    Raises:
        UserError: There is no such attempt, the model ended it, or it has a word of today's list.
    """
    if not reply.completion.attempts:
        raise UserError(texts.NO_TEXT_YET)
    written = item_at(reply.completion.attempts, attempt)
    if written.finish_reason == "eos":
        raise UserError(texts.FINISHED_BY_MODEL)
    asked, before = reply.request, reply.text_before + written.text
    request = replace(
        asked,
        params=replace(asked.params, attempts=1),
        prefix_ids=(*asked.prefix_ids, *written.token_ids),
        revision=reply.completion.revision,
    )
    return asked_again(interaction, request, before), before


def another(interaction: Interaction, reply: StoredReply) -> GenerationRequest:
    """Ask for another text with a new seed.

    Raises:
        UserError: No die was thrown, so it would be the same; or as `asked_again`.
    """
    params = reply.request.params.resolved()
    if not params.is_sampled and reply.completion.attempts:
        name = value_text("strategy", params.strategy)
        raise UserError(texts.SAME_AGAIN.format(strategy=name))
    request = asked_again(interaction, _asked(reply), reply.text_before)
    return replace(request, seed=draw_seed())


def moved(interaction: Interaction, reply: StoredReply, move: str) -> GenerationRequest:
    """Ask for another text with a new seed, wilder or saner than this one.

    Args:
        interaction: The click.
        reply: The text.
        move: One of `MOVES`.

    Raises:
        UserError: This is the end of the scale; or as `asked_again`.
    """
    request = MOVES[move](_asked(reply))
    if request is None:
        raise UserError(texts.END_OF_SCALE.format(end=texts.MOVES[move]))
    return replace(asked_again(interaction, request, reply.text_before), seed=draw_seed())


def tried(interaction: Interaction, reply: StoredReply) -> GenerationRequest:
    """Ask for what follows the beginning that is suggested in place of a question.

    Raises:
        StaleItemError: The text is no question.
        UserError: As `asked_again`.
    """
    beginning = suggestion(reply)
    if beginning is None:
        raise StaleItemError
    request = replace(asked_again(interaction, reply.request, beginning), prompt=beginning)
    return replace(request, seed=draw_seed())


def remedied(
    interaction: Interaction, reply: StoredReply, attempt: int, remedy: int
) -> GenerationRequest:
    """Ask for a text that repeats itself again, with a remedy and the same seed.

    Args:
        interaction: The click.
        reply: Holds the text.
        attempt: 0-based.
        remedy: One of `NO_REPEAT_SIZES`, or `SAMPLING`.

    Raises:
        UserError: There is no such attempt or remedy, or as `asked_again`.
    """
    item_at(reply.completion.attempts, attempt)
    if remedy not in {SAMPLING, *NO_REPEAT_SIZES}:
        raise StaleItemError
    fresh = asked_again(interaction, reply.request, reply.text_before)
    params = cured(fresh.params, attempt, remedy)
    return replace(fresh, params=params, revision=reply.completion.revision)


def _asked(reply: StoredReply) -> GenerationRequest:
    """Return what was asked for, without the other tries where one was kept."""
    request = reply.request
    if reply.kept is None:
        return request
    return replace(request, params=replace(request.params, attempts=1))
