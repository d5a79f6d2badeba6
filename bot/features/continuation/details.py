"""What «Más…» offers of a continuation: every fact about it, and its tries in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import discord

from bot.features.continuation import texts
from bot.features.continuation.remedy_words import loop_line
from bot.features.continuation.remote_words import remote_lines
from bot.features.continuation.words import MODEL_LIMIT, ending_of, precision_text, revision_text
from bot.features.recipe import texts as recipe_texts
from bot.render.markdown import CONTENT_LIMIT, clip, escape
from bot.render.numbers import decimal, duration, fixed, in_words, integer, percent
from bot.render.prompt_notes import prompt_notes
from bot.render.settings import settings_line
from bot.storage.records import StoredReply
from bot.styles import saner, wilder
from bot.texts import common
from engine import Attempt, Completion, DecodingParams, GenerationRequest
from engine.explain.loops import repetition_rate

BRANCHES = "branches-"
"""Begins the value of «Ramas», which ends in the attempt on show."""
COLOURED = "coloured-"
"""Begins the value of «Ver coloreado», which ends in it too."""
DELETE = "delete"
TRIES = "tries"
MORE_VALUES = frozenset({"details", "recipe", "ranked"})
"""The other values of the menu; «ranked» is chosen in old messages only."""
MOVES: Mapping[str, Callable[[GenerationRequest], GenerationRequest | None]] = {
    "wilder": wilder,
    "saner": saner,
}
"""Values that ask for another text, as wild as the next style on either side."""
_MOVES = {"wilder": texts.WILDER, "saner": texts.SANER}

_PREVIEW_LIMIT = 300
_RANK_ROOM = 60
"""Kept free for what stands over each preview."""


def more_options(
    reply: StoredReply, attempt: int, *, has_cards: bool = True
) -> list[discord.SelectOption]:
    """List what «Más…» opens beside an attempt (0-based).

    Args:
        reply: Whose message it is.
        attempt: On show.
        has_cards: Whether several attempts can be shown together.
    """
    options = []
    count = len(reply.completion.attempts)
    if has_cards and reply.kind == "continuar" and count > 1:
        label = texts.TRIES.format(count=count)
        options.append(discord.SelectOption(label=label, value=TRIES))
    options += [
        discord.SelectOption(label=label, value=value)
        for value, label in _MOVES.items()
        if reply.is_prompt_kept and reply.kind == "continuar" and MOVES[value](reply.request)
    ]
    has_steps = bool(reply.completion.attempts[attempt].steps)
    if has_steps:
        value = f"{COLOURED}{attempt}"
        options.append(discord.SelectOption(label=texts.COLOURED, value=value))
    options.append(discord.SelectOption(label=texts.DETAILS, value="details"))
    options.append(discord.SelectOption(label=recipe_texts.RECIPE, value="recipe"))
    if reply.is_prompt_kept and has_steps:
        value = f"{BRANCHES}{attempt}"
        options.append(discord.SelectOption(label=texts.BRANCHES, value=value))
    if reply.kind != "comparar":
        options.append(discord.SelectOption(label=common.DELETE, value=DELETE))
    return options


def details(reply: StoredReply, model_name: str) -> str:
    """List everything about how a text came to be."""
    done = reply.completion
    total = sum(len(attempt.token_ids) for attempt in done.attempts)
    rate = total / done.decode_s if done.decode_s > 0 else 0.0
    cut = texts.DETAIL_CUT.format(count=integer(done.truncated_tokens))
    lines = [
        texts.DETAIL_MODEL.format(
            model=clip(model_name, MODEL_LIMIT),
            revision=revision_text(done),
            precision=precision_text(done),
            device=escape(done.device) if done.remote is None else texts.DEVICE_ELSEWHERE,
        ),
        texts.DETAIL_SETTINGS.format(
            settings=settings_line(done.params),
            limit=integer(done.params.max_new_tokens),
            more=_sentence_room(done.params),
            seed=texts.SEED.format(seed=done.seed),
        ),
        _prompt_line(done) + (cut if done.truncated_tokens else ""),
        texts.DETAIL_TIMES.format(
            queue=duration(done.queue_s),
            prefill=duration(done.prefill_s),
            decode=duration(done.decode_s),
            rate=decimal(rate, 1),
        ),
    ]
    is_scored = done.params.is_beam
    lines += [
        _attempt_line(done, number, attempt, is_scored=is_scored)
        for number, attempt in enumerate(done.attempts)
    ]
    lines += remote_lines(done)
    return clip(in_words("\n".join([*lines, *_remarks(reply)])), CONTENT_LIMIT)


def ranked(reply: StoredReply) -> str:
    """List the attempts from the most to the least probable per token."""
    attempts = reply.completion.attempts
    means = [attempt.mean_logprob for attempt in attempts]
    known = [i for i, mean in enumerate(means) if mean is not None]
    order = sorted(known, key=lambda i: (-(means[i] or 0.0), i))
    lines = [texts.RANKED_TITLE]
    room = min(_PREVIEW_LIMIT, CONTENT_LIMIT // len(attempts) - _RANK_ROOM)
    for rank, number in enumerate(order, start=1):
        attempt = attempts[number]
        preview = " ".join(attempt.text.split()) or texts.NOTHING_WRITTEN
        lines.append(
            texts.RANKED_LINE.format(
                rank=rank,
                number=number + 1,
                mean=fixed(attempt.mean_logprob or 0.0, 2),
                text=clip(escape(preview), room),
            )
        )
    return clip("\n".join(lines), CONTENT_LIMIT)


def _prompt_line(done: Completion) -> str:
    if done.prompt_tokens is None:
        return texts.DETAIL_UNKNOWN_PROMPT
    return texts.DETAIL_PROMPT.format(tokens=common.tokens(integer(done.prompt_tokens)))


def _sentence_room(params: DecodingParams) -> str:
    count = params.sentence_end_tokens
    return texts.DETAIL_SENTENCE.format(count=integer(count)) if count else ""


def _remarks(reply: StoredReply) -> Iterator[str]:
    """Say how the texts ended and what they repeat, and what of the prompt changed them."""
    done = reply.completion
    for attempt in done.attempts:
        if (ending := ending_of(done, attempt)) in texts.ENDINGS:
            yield texts.ENDINGS[ending]
        if (loop := loop_line(attempt)) is not None:
            yield loop
    if not reply.is_prompt_kept:
        yield texts.NOT_KEPT
        return
    yield from prompt_notes(reply.request, done)


def _attempt_line(done: Completion, number: int, attempt: Attempt, *, is_scored: bool) -> str:
    score = (
        texts.DETAIL_SCORE.format(score=fixed(attempt.score, 2))
        if is_scored and attempt.score is not None
        else ""
    )
    return texts.DETAIL_ATTEMPT.format(
        number=number + 1,
        tokens=common.tokens(integer(len(attempt.token_ids))),
        chance=_chance(attempt),
        score=score,
        repetition=percent(repetition_rate(attempt.token_ids), 0),
        ending=texts.ENDING_NAMES[ending_of(done, attempt)],
    )


def _chance(attempt: Attempt) -> str:
    if attempt.logprob is None or attempt.mean_logprob is None:
        return texts.DETAIL_UNKNOWN_CHANCE
    return texts.DETAIL_CHANCE.format(
        logprob=fixed(attempt.logprob, 1), mean=fixed(attempt.mean_logprob, 2)
    )
