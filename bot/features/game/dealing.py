"""What a round asks of the engine: one draw with its trace, cut to the word that came out."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from random import Random

from bot.client import Client
from bot.features.explorer.word.asking import typed_word, why_not
from bot.features.game import texts
from bot.features.game.choosing import RECORDED, choose, likeliest, waves, word_of
from bot.features.game.rules import bucket
from bot.features.game.whole import whole_words
from bot.messages.errors import UserError
from bot.render.step import StepView
from bot.render.word_list import masked, without_word_list
from bot.render.written_words import written_words
from bot.storage.game_records import Game, Guess, Hand, Option, Outcome, Round
from bot.storage.records import StoredReply
from engine import Completion, DecodingParams, Draw, GenerationRequest

WORD_TOKENS = 8
"""Tokens drawn in a round: the first is guessed, the others end its word."""
WORD_LIMIT = 30
_SHARES_KEPT = 40
_LEAST_OPTIONS = 2
_NATS = math.log(2)


@dataclass(frozen=True, kw_only=True)
class Dealt:
    """A round as the engine gave it.

    Attributes:
        hand: What is offered and what came out.
        trace: The completion, cut to the word.
    """

    hand: Hand
    trace: Completion


def game_params(most_tokens: int) -> DecodingParams:
    """Return the settings of a game: the model's own probabilities, as they are.

    Nothing is made likelier or less so; only what nobody could read, or would end the text, is
    left out. So the bars, the die and the bits all speak of the same numbers.
    """
    count = min(WORD_TOKENS, most_tokens)
    return DecodingParams(
        strategy="sample",
        max_new_tokens=count,
        min_new_tokens=count,
        whole_word_start=True,
        plain_text=True,
    )


async def deal(client: Client, game: Game, new: Round) -> Dealt:
    """Draw the next word, and choose what is offered; the same again for the same round.

    Raises:
        UserError: There is no room for more text, or nothing that could be guessed.
        EngineError: As `Engine.generate`.
    """
    request = round_request(client, game, new)
    completion = await client.engine.generate(request)
    steps = completion.attempts[0].steps if completion.attempts else ()
    if not steps or steps[0].draw is None:
        raise UserError(texts.NO_ROOM)
    before = game.request.prompt + (completion.prefix_text or "")
    ranked = [
        one for one in likeliest(steps[0]) if not client.word_list.is_in(before[-80:] + one.text)
    ]
    random = Random(f"{request.seed}:{new.number}")
    lists = waves(before, ranked, random)
    whole = await whole_words(client.engine, request, lists)
    chosen = choose(ranked, lists, lambda one: one.token_id in whole, random)
    if len(chosen) < _LEAST_OPTIONS:
        raise UserError(texts.NOTHING_TO_GUESS)
    trace = _cut(completion, before)
    hand = Hand(
        before=before,
        options=tuple(
            Option(token_id=one.token_id, word=word_of(one.text), prob=one.final_prob)
            for one in chosen
        ),
        outcome=_outcome(trace, steps[0].draw),
        entropy_bits=steps[0].final_entropy_bits,
        shares=tuple(one.final_prob for one in likeliest(steps[0])[:_SHARES_KEPT]),
    )
    return Dealt(hand=hand, trace=masked(trace))


def round_request(client: Client, game: Game, new: Round) -> GenerationRequest:
    """Return what a round asks, under the word list of today and at its host's expense."""
    return replace(
        game.request,
        request_id=new.reply_id,
        prefix_ids=new.prefix,
        trace_top_n=RECORDED,
        user_id=game.host_id,
        deadline_s=client.settings.request_timeout_s,
        params=replace(game.request.params, bad_words=client.blocked_words),
    )


def reply_of(client: Client, game: Game, one: Round, trace: Completion) -> StoredReply:
    """Return a round's draw as a text like any other, which everybody may explain."""
    count = len(trace.attempts[0].token_ids)
    request = round_request(client, game, one)
    params = replace(request.params, max_new_tokens=count, min_new_tokens=count)
    return StoredReply(
        reply_id=one.reply_id,
        kind="explicar",
        owner_id=game.host_id,
        guild_id=game.guild_id,
        channel_id=game.channel_id,
        message_id=one.message_id,
        request=without_word_list(replace(request, params=params)),
        completion=trace,
        is_prompt_kept=True,
        created_at=game.created_at,
        is_private=False,
    )


async def weighed(client: Client, game: Game, one: Round, typed: str, voter_id: int) -> Guess:
    """Return somebody's choice of a word that they typed, with its probability in this place.

    A word that is offered is that option; one that somebody has typed before is known; of any
    other the engine is asked, which counts as a request of the voter.

    Raises:
        UserError: It is no word, it is on the word list, or too many requests.
        EngineError: As `Engine.explain`.
    """
    word = typed_word(typed)
    if len(word.split()) > 1:
        raise UserError(texts.ONE_WORD)
    if client.word_list.is_in(word):
        raise UserError(texts.BLOCKED)
    assert one.hand is not None
    options = one.hand.options
    same = [i for i, option in enumerate(options) if option.word.casefold() == word.casefold()]
    if same:
        return option_guess(one, same[0], voter_id)
    known = await client.storage.guesses.weighed(game.game_id, one.number, word)
    if known is not None:
        return replace(known, voter_id=voter_id)
    trace = await client.storage.games.trace(game.game_id, one.number)
    if trace is None:
        raise UserError(texts.CLOSED)
    view = StepView(
        before=one.hand.before, completion=trace, attempt=0, step=0, candidates=RECORDED
    )
    with await client.limits.admit(voter_id) as ticket:
        answer = await why_not(client, voter_id, reply_of(client, game, one, trace), view, word)
        # Whoever changes a vote does not ask for a text.
        ticket.refund()
    if answer is None:
        raise UserError(texts.BLOCKED)
    spelling = answer.spellings[0]
    ids = tuple(fate.token.token_id for fate in spelling.tokens)
    offered = bucket(one.hand, ids)
    if len(ids) == 1 and offered < len(options):
        return option_guess(one, offered, voter_id)
    prob = spelling.odds if spelling.odds is not None else spelling.raw_prob
    return Guess(number=one.number, voter_id=voter_id, choice=None, word=word, ids=ids, prob=prob)


def option_guess(one: Round, choice: int, voter_id: int) -> Guess:
    """Return somebody's choice of a word that is offered."""
    assert one.hand is not None
    option = one.hand.options[choice]
    return Guess(
        number=one.number,
        voter_id=voter_id,
        choice=choice,
        word=option.word,
        ids=(option.token_id,),
        prob=option.prob,
    )


def _cut(completion: Completion, before: str) -> Completion:
    """Leave the first word of what was drawn; a sign is one."""
    attempt = completion.attempts[0]
    first = written_words(before, attempt.steps)[0]
    steps = attempt.steps[: first.stop]
    logprob = -_NATS * sum(step.surprisal_bits or 0.0 for step in steps)
    count = len(steps)
    return replace(
        completion,
        params=replace(completion.params, max_new_tokens=count, min_new_tokens=count),
        attempts=(
            replace(
                attempt,
                token_ids=attempt.token_ids[:count],
                text=first.text,
                steps=steps,
                logprob=logprob,
                score=logprob,
                finish_reason="length",
            ),
        ),
    )


def _outcome(trace: Completion, draw: Draw) -> Outcome:
    attempt = trace.attempts[0]
    drawn = attempt.steps[0].chosen_candidate
    return Outcome(
        ids=attempt.token_ids,
        text=attempt.text,
        word=word_of(attempt.text),
        token=word_of(drawn.text),
        prob=drawn.final_prob,
        u=draw.u,
        low=draw.low,
        high=draw.high,
    )
