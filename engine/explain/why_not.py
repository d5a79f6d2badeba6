"""Why a word did not come out, and what would let it in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from engine.decoding.die import throw_die
from engine.decoding_params import DecodingParams
from engine.explain.decision import Decision, choose, read_decisions
from engine.explain.spellings import goes_on_with_word, spell
from engine.explain.suggestions import Place, odds, suggest
from engine.explain.values import (
    Moment,
    Spelling,
    Suggestion,
    TokenFate,
    Verdict,
    WhyNot,
    WhyNotRequest,
)
from engine.models.loaded import LoadedModel
from engine.words import is_word_character

_REMOVERS: dict[str, Verdict] = {
    "no_repeat_ngram_size": "ngram",
    "bad_words": "banned",
    "forced": "forced",
}
_CAN_COME_OUT = ("chosen", "lost_draw")
_BEYOND_SETTINGS = ("banned", "forced")


def why_not(loaded: LoadedModel, request: WhyNotRequest) -> WhyNot:
    """Follow a word through a decision, with and without a leading space.

    Behind a letter or a digit, the spelling with a space comes first: without one it would be the
    end of another word. Elsewhere the more probable one does. One pass reads the context; settings
    are tried on its logits. A word of several tokens is read on, token by token, as if each had
    come out.

    Args:
        loaded: Model and tokenizer.
        request: The word and the decision.

    Raises:
        EngineError: invalid_params for a word or a context that does not fit; invalid_logits;
            out_of_memory.
    """
    moment = request.moment
    word = request.word.strip()
    spellings = spell(loaded, word)
    with torch.inference_mode():
        decisions = read_decisions(
            loaded,
            moment.params.resolved(),
            moment.context_ids,
            tuple(spellings.values()),
            written=moment.written,
            prefix_tokens=moment.prefix_tokens,
            source_ids=moment.source_ids,
            target_language=moment.target_language,
        )
        answers = [
            _follow(moment, text, ids, decided)
            for (text, ids), decided in zip(spellings.items(), decisions, strict=True)
        ]
    is_joined = goes_on_with_word(loaded, moment.context_ids) and is_word_character(word[0])
    answers.sort(key=lambda s: (is_joined and not s.text.startswith(" "), -s.raw_prob))
    return WhyNot(word=word, spellings=tuple(answers))


def _follow(
    moment: Moment, text: str, ids: Sequence[int], decisions: Sequence[Decision]
) -> Spelling:
    params = moment.params
    places = [Place(d, i) for d, i in zip(decisions, ids, strict=True)]
    fates = [_fate(moment, offset, place) for offset, place in enumerate(places)]
    chance = odds(places, params)
    verdicts = [fate.verdict for fate in fates]
    suggestions: tuple[Suggestion, ...] = ()
    # The word list is the server's, and what is forced the checkpoint's: no setting of a person's
    # lifts it.
    is_open = not any(v in _BEYOND_SETTINGS for v in verdicts)
    if is_open and any(v not in _CAN_COME_OUT for v in verdicts):
        suggestions = suggest(places, params)
    verdict = verdicts[0] if len(verdicts) == 1 else "several_tokens"
    if verdict == "filter" and not suggestions:
        verdict = "no_single_setting"
    return Spelling(
        text=text,
        verdict=verdict,
        tokens=tuple(fates),
        raw_prob=math.prod(fate.token.raw_prob for fate in fates),
        odds=chance,
        suggestions=suggestions,
    )


def _fate(moment: Moment, offset: int, place: Place) -> TokenFate:
    """Say what became of one token; `offset` counts the word's tokens before it."""
    params = moment.params.resolved()
    decision, token_id = place.decision, place.token_id
    snapshot, scores = decision.snapshot(params, top_n=0)
    u = throw_die(moment.seed, moment.attempt, moment.t + offset)
    winner_id, draw = choose(params, scores, u)
    if offset == 0 and moment.chosen not in (None, winner_id):
        # A search that weighs more, or a draw so near to a boundary that this pass rounds it to
        # the other side.
        winner_id, draw = moment.chosen, None
    token = snapshot.step(0, token_id, None).chosen_candidate
    winner = snapshot.step(0, winner_id, None).chosen_candidate
    is_penalised = params.repetition_penalty > 1 and token_id in decision.ids
    verdict: Verdict
    if token_id == winner_id:
        verdict = "chosen"
    elif token.removed_by in _REMOVERS:
        verdict = _REMOVERS[token.removed_by]
    elif is_penalised and _is_kept_out_by_penalty(place, params):
        verdict = "penalised"
    elif token.removed_by is not None or token.final_prob == 0.0:
        verdict = "filter"
    else:
        verdict = _unlucky(params)
    return TokenFate(
        token=token,
        verdict=verdict,
        winner=winner,
        draw=draw,
        interval=_interval(scores[0], token_id) if draw and token.final_prob else None,
        is_penalised=is_penalised,
    )


def _unlucky(params: DecodingParams) -> Verdict:
    if params.is_beam:
        return "beam_pruned"
    if params.strategy == "contrastive":
        return "outweighed"
    return "lost_draw" if params.is_sampled else "greedy_first"


def _is_kept_out_by_penalty(place: Place, params: DecodingParams) -> bool:
    """Tell whether the token would come in if nothing were penalised.

    Of beam search, which weighs whole texts, the first place among the next tokens is asked.
    """
    if params.is_beam and not params.is_sampled:
        params = replace(params, strategy="greedy")
    free = replace(params, repetition_penalty=1.0)
    return odds([place], params) == 0.0 != odds([place], free)


def _interval(scores: Tensor, token_id: int) -> tuple[float, float]:
    """Return a token's stretch of the unit interval, as the die sees it."""
    probs = torch.softmax(scores.double(), -1)
    own = probs[token_id]
    ahead = probs > own
    ahead[:token_id] |= probs[:token_id] == own
    low = float(probs[ahead].sum())
    return low, low + float(own)
