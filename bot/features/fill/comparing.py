"""Two encoders in words: where they agree, what they weigh, how long they take."""

from __future__ import annotations

from bot.features.fill import texts
from bot.features.fill.words import SMALL, told
from bot.render.chances import times_of
from bot.render.markdown import escape
from bot.render.model_names import shown
from bot.render.numbers import bytes_size, decimal, duration, integer
from engine import ModelInfo
from engine.filling import Filling, Gap

_MILLION = 1_000_000
_MOST_GAPS = 8

Read = tuple[ModelInfo, Filling]
"""An encoder and what it has filled."""


def agreement(first: Read, second: Read) -> str:
    """Say in how many gaps two encoders put the same."""
    names = {"first": shown(first[0]), "second": shown(second[0])}
    pairs = _pairs(first, second)
    same = sum(_is_same(*pair) for pair in pairs)
    if len(pairs) == 1:
        return (texts.COMPARE_ONE if same else texts.COMPARE_ONE_NOT).format(**names)
    if same == len(pairs):
        return texts.COMPARE_ALL.format(count=same, **names)
    return texts.COMPARE_SOME.format(same=same, count=len(pairs), **names)


def gaps_side_by_side(first: Read, second: Read) -> str:
    """List what each puts into every gap, and how many of the first candidates they share."""
    pairs = _pairs(first, second)
    lines = []
    for number, (one, other) in enumerate(pairs[:_MOST_GAPS], start=1):
        facts = {"first": _choice(one), "second": _choice(other)}
        if len(pairs) == 1:
            lines.append(texts.COMPARE_GAP_ONE.format(**facts))
        else:
            lines.append(texts.COMPARE_GAP.format(number=number, **facts))
    if len(pairs) > _MOST_GAPS:
        lines.append(texts.COMPARE_MORE.format(count=len(pairs) - _MOST_GAPS))
    if len(pairs) == 1:
        lines.append(SMALL + _shared(*pairs[0]))
    return "\n".join(lines)


def facts_of(*reads: Read) -> str:
    """Say the size of each, and the time that it has taken."""
    return "\n".join(
        texts.COMPARE_MODEL.format(model=shown(info), facts=" · ".join(_facts(info, filling)))
        for info, filling in reads
    )


def _facts(info: ModelInfo, filling: Filling) -> list[str]:
    facts = [] if info.family is None else [escape(info.family)]
    if info.parameters is not None:
        facts.append(_parameters(info.parameters))
    if info.weights_bytes is not None:
        facts.append(bytes_size(info.weights_bytes))
    facts.append(texts.TIME.format(time=duration(filling.compute_s)))
    return facts


def _parameters(count: int) -> str:
    if count < _MILLION:
        return texts.PARAMETERS.format(count=integer(count))
    return texts.PARAMETERS_MILLIONS.format(count=decimal(count / _MILLION, 1))


def _pairs(first: Read, second: Read) -> list[tuple[Gap, Gap]]:
    return list(zip(first[1].gaps, second[1].gaps, strict=True))


def _is_same(one: Gap, other: Gap) -> bool:
    if one.chosen is None or other.chosen is None:
        return one.chosen is other.chosen
    return one.chosen.text.casefold() == other.chosen.text.casefold()


def _choice(gap: Gap) -> str:
    if gap.chosen is None:
        return texts.NOTHING
    often = times_of(gap.chosen.raw_prob)
    return texts.COMPARE_CHOICE.format(word=told(gap.chosen), often=often)


def _shared(one: Gap, other: Gap) -> str:
    count = len(one.candidates)
    words = [{c.text.casefold() for c in gap.candidates} for gap in (one, other)]
    return texts.COMPARE_SHARED.format(count=count, shared=len(words[0] & words[1]))
