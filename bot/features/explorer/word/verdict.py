"""The first screen about a word: its verdict as a title, and the one or two sentences that say why.

The words that were asked about stand in the title in «», and nothing else does: the buttons of
the page read them back from it (`named`).
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.explorer.step.labels import spoken
from bot.features.explorer.word import verdict_texts as texts
from bot.features.explorer.word.asked import LEAST_CHANCE, Asked, final_of, shares
from bot.features.explorer.word.named import named
from bot.features.explorer.word.obstacles import why_of
from bot.features.explorer.word.words import beam_fate, change_text
from bot.render.chances import times_of
from bot.render.joining import joined
from bot.render.markdown import escape
from bot.render.numbers import percent
from bot.render.step_sentence import stage_name
from bot.texts.common import BANNED_TOKEN
from engine import Candidate
from engine.explain import Suggestion, TokenFate

_BY_FINAL = ("lost_draw", "rare", "penalised")
"""Verdicts that say the chance of the word's bar."""


def title_of(asked: Sequence[Asked]) -> str:
    """Return the heading: the verdict of one word, or which of several is the likeliest."""
    if len(asked) > 1:
        first, *others = (f"«{named(one.word)}»" for one in _ranked(asked))
        return texts.TITLE_SEVERAL.format(first=first, others=joined(others))
    (one,) = asked
    return texts.TITLES[_verdict(one)].format(word=named(one.word), filter=_filter_name(one))


def sentence_of(asked: Sequence[Asked], *, is_own: bool = False) -> str:
    """Say why, in a sentence or two, and what would help.

    Args:
        asked: At least one word.
        is_own: Whether only the author of the text reads it.
    """
    if len(asked) > 1:
        return _several(asked)
    (one,) = asked
    said = [_why(one, is_own), _pieces(one), _help(one)]
    lines = [" ".join(part for part in said if part)]
    other = one.other_spelling
    if other is not None:
        template = texts.OTHER_SPACED if other.text.startswith(" ") else texts.OTHER_JOINED
        lines.append(template.format(often=times_of(final_of(other))))
    return "\n".join(lines)


def share_text(share: float) -> str:
    """Write a share among several words: «70 %», «menos del 1 %»."""
    if 0 < share < texts.LEAST_SHARE:
        return texts.TINY_SHARE
    return percent(share, 0)


def _several(asked: Sequence[Asked]) -> str:
    ranked = _ranked(asked)
    listed = ", ".join(
        texts.SHARE.format(word=named(one.word), share=share_text(share))
        for one, share in zip(ranked, shares(ranked), strict=True)
    )
    before = times_of(sum(one.raw for one in asked))
    total = times_of(sum(one.final for one in asked))
    said = texts.AMONG.format(count=texts.NUMBERS[len(asked)], listed=listed)
    template = texts.TOGETHER if before == total else texts.TOGETHER_BEFORE
    lines = [said, template.format(often=before)]
    written = next((one for one in asked if one.is_written), None)
    if written is not None:
        lines.append(texts.WRITTEN_ONE.format(word=named(written.word)))
    return " ".join(lines)


def _ranked(asked: Sequence[Asked]) -> list[Asked]:
    return sorted(asked, key=lambda one: -one.raw)


def _verdict(one: Asked) -> str:
    """Name the verdict, which is the one of the token where the word did not go on."""
    if one.is_written:
        return "written"
    if one.obstacle is None:
        tokens = len(one.view.completion.attempts[one.view.attempt].token_ids)
        is_cut = one.view.step + len(one.spelling.tokens) > tokens
        return "cut_short" if is_cut else "other_path"
    _, fate = one.obstacle
    if fate.verdict == "lost_draw" and one.final < LEAST_CHANCE:
        return "rare"
    if fate.verdict in {"filter", "no_single_setting"}:
        return "vanished" if fate.token.removed_by is None else "filter"
    return fate.verdict


def _filter_name(one: Asked) -> str:
    if one.obstacle is None:
        return ""
    return stage_name(one.obstacle[1].token.removed_by or "", one.view.completion.params)


def _why(one: Asked, is_own: bool) -> str:
    verdict = _verdict(one)
    params = one.view.completion.params
    if verdict == "written":
        return _came_out(one, is_own)
    if one.obstacle is None:
        return texts.WHY[verdict]
    _, fate = one.obstacle
    fortune = texts.BEAM_FATES[beam_fate(one.view, fate.token, one.obstacle[0])]
    return texts.WHY[verdict].format(
        often=times_of(one.final if verdict in _BY_FINAL else one.raw),
        winner=_token(fate.winner),
        filter=_filter_name(one),
        keeps=_keeps(one, fate),
        penalty=stage_name("repetition_penalty", params),
        rule=stage_name("no_repeat_ngram_size", params),
        beams=params.num_beams,
        fate=fortune,
    )


def _came_out(one: Asked, is_own: bool) -> str:
    params, step = one.view.completion.params, one.view.current
    if step.is_given:
        return texts.CAME_GIVEN_OWN if is_own else texts.CAME_GIVEN
    if params.is_beam:
        return texts.CAME_BEAM
    is_first = all(fate.token.raw_rank == 1 for fate in one.spelling.tokens)
    if not params.resolved().draws_tokens:
        after = texts.CAME_CONTRAST if params.strategy == "contrastive" else texts.CAME_FIRST_AFTER
        return texts.CAME_FIRST if is_first else after
    template = texts.CAME_FAVOURITE if is_first else texts.CAME_DRAWN
    return template.format(often=times_of(one.final))


def _keeps(one: Asked, fate: TokenFate) -> str:
    """Say what a filter lets pass: «solo deja pasar las más probables hasta sumar un 90 %»."""
    why = why_of(fate.token.removed_by or "", one.view.completion.params)
    return why.removeprefix(", que ") if why.startswith(", que ") else texts.KEEPS_OTHERS + why


def _pieces(one: Asked) -> str:
    """Say at which piece a word of several did not go on."""
    tokens = one.spelling.tokens
    if len(tokens) == 1 or one.is_written or one.obstacle is None:
        return ""
    place, fate = one.obstacle
    return texts.PIECES.format(count=len(tokens), place=place + 1, piece=_token(fate.token))


def _help(one: Asked) -> str:
    if one.is_written:
        return ""
    if one.fix is not None:
        return _promise(one.fix)
    is_open = one.obstacle is not None and one.obstacle[1].verdict == "lost_draw"
    return "" if is_open and one.final >= LEAST_CHANCE else texts.WRITE_IT


def _promise(fix: Suggestion) -> str:
    change = change_text(fix)
    if fix.odds is None:
        return texts.PROMISE_BEAM.format(change=change)
    return texts.PROMISE.format(change=change, often=times_of(fix.odds))


def _token(token: Candidate) -> str:
    if token.removed_by == "bad_words":
        return BANNED_TOKEN
    return escape(spoken(token.text, ""))
