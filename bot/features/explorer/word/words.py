"""The Spanish answer to «¿por qué no esta palabra?» for one step."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bot.features.explorer.word import texts
from bot.features.explorer.word.obstacles import COULD, obstacle_of, why_of
from bot.render.markdown import clip, escape
from bot.render.numbers import fixed, integer, percent
from bot.render.settings import value_text
from bot.render.step import StepView, token_label
from bot.render.step_sentence import stage_name, vocabulary_size
from bot.texts.common import BANNED_TOKEN
from bot.texts.filters import FILTERS
from engine import Candidate, DecodingParams
from engine.explain import Spelling, Suggestion, TokenFate, WhyNot, find_hypothesis
from engine.words import ends_in_word, is_word_character

ANSWER_LIMIT = 3000
TOKENS_LISTED = 6
_BANS = "bad_words"
_TIMES = (100, 1000, 10_000, 100_000, 1_000_000)


def fitting_step(view: StepView, words: Sequence[str]) -> int:
    """Return the step whose recorded candidates give one of the words most; the first if none do.

    Behind a letter or a digit, a candidate without a space goes on with another word: it counts
    only where it came out.
    """
    chances, before = [], view.before
    for index, step in enumerate(view.steps):
        is_joined = ends_in_word(before)
        chances += [
            (candidate.raw_prob, -index)
            for candidate in step.candidates
            if (word := candidate.text.strip()) in words
            and (
                not (is_joined and is_word_character(word[0]))
                or candidate.text != word
                or candidate.token_id == step.chosen
            )
        ]
        before += step.chosen_candidate.text
    return -max(chances)[1] if chances else 0


def is_banned(answer: WhyNot) -> bool:
    """Tell whether the word list forbids the word, which is then never quoted."""
    return any(fate.verdict == "banned" for s in answer.spellings for fate in s.tokens)


def main_spelling(view: StepView, answer: WhyNot) -> Spelling:
    """Return the spelling that came out, or the one that fits the text before it."""
    return next((s for s in answer.spellings if is_written(view, s)), answer.spellings[0])


def is_written(view: StepView, spelling: Spelling) -> bool:
    """Tell whether the text has exactly these tokens at this step."""
    ids = view.completion.attempts[view.attempt].token_ids
    wanted = tuple(fate.token.token_id for fate in spelling.tokens)
    return ids[view.step : view.step + len(wanted)] == wanted


def word_answer(view: StepView, answer: WhyNot, limit: int = ANSWER_LIMIT) -> str:
    """Say in numbers why the word did not come out, its tokens, and what would let it in."""
    spelling = main_spelling(view, answer)
    lines = [_verdict(view, spelling)]
    if not is_written(view, spelling):
        lines += _prospects(spelling)
    if len(spelling.tokens) > 1:
        lines += _token_lines(view, spelling)
    lines += [_other_spelling(other) for other in answer.spellings if other is not spelling]
    return clip("\n".join(lines), limit)


def setting_text(field: str, value: float | str) -> str:
    """Write a change as people know it: «top-p 0,93», «muestreo», «sin penalización»."""
    if field == "strategy":
        return value_text(field, value)
    words = FILTERS[field]
    if words.off and value == getattr(DecodingParams(), field):
        return words.off
    template = words.change or texts.SETTING
    return template.format(name=words.name, value=value_text(field, value))


def change_text(suggestion: Suggestion) -> str:
    """Begin a sentence with a change: «Con top-p 0,93», «Sin penalización»."""
    setting = setting_text(suggestion.setting, suggestion.value)
    is_off = any(setting == words.off for words in FILTERS.values())
    return setting[0].upper() + setting[1:] if is_off else texts.WITH.format(setting=setting)


def often(chance: float) -> str:
    """Say how often something of this probability happens: «unas 2 de cada 1000 veces»."""
    if chance >= 0.995:
        return texts.ALMOST_ALWAYS
    times = next((n for n in _TIMES if chance * n >= 0.95), None)
    if times is None:
        return texts.ALMOST_NEVER
    count = round(chance * times)
    template = texts.OFTEN_ONCE if count == 1 else texts.OFTEN
    return template.format(count=count, times=integer(times))


def _verdict(view: StepView, spelling: Spelling) -> str:
    if len(spelling.tokens) == 1:
        return _reason(view, spelling.tokens[0], 0)
    count = len(spelling.tokens)
    if is_written(view, spelling):
        first = view.step + 1
        return texts.WRITTEN.format(count=count, first=first, last=view.step + count)
    whole = texts.SEVERAL.format(count=count, raw=percent(spelling.raw_prob))
    return f"{whole} {_obstacle(view, spelling)}"


def _obstacle(view: StepView, spelling: Spelling) -> str:
    """Say at which token a word of several did not go on."""
    obstacle = obstacle_of(spelling)
    if obstacle is None:
        tokens = len(view.completion.attempts[view.attempt].token_ids)
        is_cut_short = view.step + len(spelling.tokens) > tokens
        return texts.CUT_SHORT if is_cut_short else texts.OTHER_PATH
    offset, fate = obstacle
    return texts.OBSTACLE.format(
        place=offset + 1, token=_token(fate.token), reason=_reason(view, fate, offset)
    )


def _reason(view: StepView, fate: TokenFate, offset: int) -> str:
    """Say what became of one token; `offset` counts the word's tokens before it."""
    params = view.completion.params
    raw, final = _raw(view, fate.token), percent(fate.token.final_prob)
    match fate.verdict:
        case "chosen":
            reason = texts.CHOSEN.format(raw=raw, final=final)
        case "lost_draw":
            reason = _lost_draw(fate, raw, final)
        case "greedy_first":
            reason = _greedy(fate, raw, final)
        case "outweighed":
            reason = texts.OUTWEIGHED.format(winner=_token(fate.winner), raw=raw)
        case "ngram":
            reason = texts.NGRAM.format(name=stage_name("no_repeat_ngram_size", params), raw=raw)
        case "penalised":
            name = stage_name("repetition_penalty", params)
            reason = texts.PENALISED.format(name=name, raw=raw, final=final)
        case "beam_pruned":
            fortune = texts.BEAM_FATES[beam_fate(view, fate.token, offset)]
            reason = texts.BEAM.format(beams=params.num_beams, fate=fortune, raw=raw)
        case _:
            reason = _filtered(view, fate.token, offset, raw)
    return reason


def _lost_draw(fate: TokenFate, raw: str, final: str) -> str:
    winner = _token(fate.winner)
    if fate.draw is None or fate.interval is None:
        return texts.LOST_DRAW_ALONE.format(raw=raw, final=final, winner=winner)
    low, high = fate.interval
    # Enough decimals to see on which side of the stretch the die fell.
    digits = 3
    while digits < 9 and fixed(low, digits) <= fixed(fate.draw.u, digits) <= fixed(high, digits):
        digits += 1
    u, low_text, high_text = (fixed(x, digits) for x in (fate.draw.u, low, high))
    return texts.LOST_DRAW.format(
        raw=raw, final=final, winner=winner, u=u, low=low_text, high=high_text
    )


def _greedy(fate: TokenFate, raw: str, final: str) -> str:
    is_untouched = percent(fate.token.raw_prob) == final
    template = texts.GREEDY_FIRST if is_untouched else texts.GREEDY_FIRST_FINAL
    best = fate.winner.raw_prob if is_untouched else fate.winner.final_prob
    return template.format(winner=_token(fate.winner), best=percent(best), raw=raw, final=final)


def _filtered(view: StepView, token: Candidate, offset: int, raw: str) -> str:
    if token.removed_by is None:
        return texts.VANISHED.format(raw=raw)
    name, params = token.removed_by, view.completion.params
    value = getattr(params, name, None)
    why = why_of(name, params)
    # A switch takes single tokens away: how many are left says nothing.
    kept = "" if isinstance(value, bool) else _kept(view, name, offset)
    return texts.FILTER.format(name=stage_name(name, params), why=why, kept=kept, raw=raw)


def _kept(view: StepView, stage_of: str, offset: int) -> str:
    """Say how many candidates a filter left, where the step is the recorded one."""
    kept = next((s.tokens_kept for s in view.current.stages if s.name == stage_of), None)
    if offset or kept is None:
        return ""
    return texts.KEPT_ONE if kept == 1 else texts.KEPT.format(count=integer(kept))


def beam_fate(view: StepView, token: Candidate, offset: int) -> str:
    """Name what became of the hypothesis that went on with a token; a key of `BEAM_FATES`."""
    tree = view.completion.beams
    if tree is None or offset:
        return "unknown"
    node = find_hypothesis(tree, attempt=view.attempt, step=view.step, token_id=token.token_id)
    return "unseen" if node is None else node.status


def _prospects(spelling: Spelling) -> list[str]:
    """Say what would let the word in: another draw, or one setting."""
    if spelling.suggestions:
        return [_promise(spelling, spelling.suggestions[0])]
    if spelling.odds:
        return [texts.OTHER_SEED.format(often=often(spelling.odds))]
    is_closed = any(
        fate.verdict not in (*COULD, "beam_pruned", "outweighed") for fate in spelling.tokens
    )
    return [texts.NOTHING_HELPS] if is_closed else []


def _promise(spelling: Spelling, suggestion: Suggestion) -> str:
    change, chance = change_text(suggestion), suggestion.odds
    if chance is None:
        return texts.LETS_IN_BEAM.format(change=change)
    if math.isclose(chance, 1.0):
        return texts.LETS_IN_ALWAYS.format(change=change)
    template = texts.LETS_IN if len(spelling.tokens) == 1 else texts.LETS_IN_SEVERAL
    return template.format(change=change, final=percent(chance), often=often(chance))


def _token_lines(view: StepView, spelling: Spelling) -> list[str]:
    written = view.completion.attempts[view.attempt].token_ids[view.step :]
    wanted = tuple(fate.token.token_id for fate in spelling.tokens)
    lines = [
        texts.TOKEN.format(
            place=place,
            token=_token(fate.token),
            raw=percent(fate.token.raw_prob),
            rank=integer(fate.token.raw_rank),
            final=percent(fate.token.final_prob),
            fate=texts.CAME_OUT if written[:place] == wanted[:place] else _short_fate(view, fate),
        )
        for place, fate in enumerate(spelling.tokens[:TOKENS_LISTED], start=1)
    ]
    hidden = len(spelling.tokens) - TOKENS_LISTED
    return [*lines, texts.MORE_TOKENS.format(count=hidden)] if hidden > 0 else lines


def _short_fate(view: StepView, fate: TokenFate) -> str:
    if fate.verdict == "filter" and fate.token.removed_by is None:
        return texts.VANISHED_SHORT
    name = stage_name(fate.token.removed_by or "", view.completion.params)
    return texts.TOKEN_FATES[fate.verdict].format(name=name)


def _other_spelling(spelling: Spelling) -> str:
    is_spaced = spelling.text.startswith(" ")
    template = texts.OTHER_SPELLING_SPACED if is_spaced else texts.OTHER_SPELLING
    return template.format(word=_quoted(spelling.text), raw=percent(spelling.raw_prob))


def _raw(view: StepView, token: Candidate) -> str:
    return texts.RAW.format(
        raw=percent(token.raw_prob),
        rank=integer(token.raw_rank),
        vocabulary=integer(vocabulary_size(view.current)),
    )


def _token(token: Candidate) -> str:
    return BANNED_TOKEN if token.removed_by == _BANS else _quoted(token.text)


def _quoted(text: str) -> str:
    return escape(token_label(text))
