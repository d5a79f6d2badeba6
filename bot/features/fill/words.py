"""A gap in words: what fits, what would have fitted with its right side covered."""

from __future__ import annotations

from bot.features.fill import texts
from bot.features.fill.chart import GapBar, GapChart, GapHalf
from bot.render.alt import listed
from bot.render.chances import times_of
from bot.render.coloured import ColouredWord
from bot.render.joining import joined
from bot.render.markdown import clip, escape, quote
from bot.render.numbers import percent
from bot.render.tokens import glyphs, isolated, plain, visible
from engine.filling import Filling, Gap, GapCandidate
from engine.words import is_word_character

SMALL = "-# "
_SURE, _POOR = 0.9, 0.2
_MENTIONED_FROM = 0.001
_HIDDEN_BARS = 3
_WORD_LIMIT = 40
_TEXT_LIMIT = 500
_ALT_LIMIT = 900
_ALT_TEXT = 200


def label_of(candidate: GapCandidate) -> str:
    """Name a candidate; «…ción» where it goes on with the word before; not escaped."""
    body = candidate.text
    if not body:
        return glyphs(body)
    shown = isolated(clip(plain(visible(body)), _WORD_LIMIT))
    return f"…{shown}" if candidate.joins and is_word_character(body[0]) else shown


def told(candidate: GapCandidate) -> str:
    """Make a candidate stand out: bold, and in quotes where it is a sign."""
    label = label_of(candidate)
    has_letters = any(char.isalnum() for char in label)
    return f"**{escape(label)}**" if has_letters else f"«{escape(label)}»"


def heading(filling: Filling, number: int) -> str:
    """Say the verdict of a gap, given by its number, in one line."""
    gap, count = filling.gaps[number], len(filling.gaps)
    if gap.chosen is None:
        return texts.NOTHING_FITS
    chance, word = gap.chosen.raw_prob, escape(label_of(gap.chosen))
    if count > 1:
        return texts.FITS_OF.format(number=number + 1, count=count, word=word)
    facts = {"word": word, "often": times_of(chance)}
    if chance >= _SURE:
        return texts.FITS_SURELY.format(**facts)
    return (texts.FITS_POORLY if chance < _POOR else texts.FITS).format(**facts)


def why(filling: Filling, number: int) -> str:
    """Say what the right side did, and the list of words."""
    gap = filling.gaps[number]
    said = [_hidden(gap)]
    if gap.banned_prob >= _MENTIONED_FROM:
        said.append(texts.BANNED.format(share=percent(gap.banned_prob)))
    return " ".join(part for part in said if part)


def filled_text(filling: Filling, source: str) -> str:
    """Quote a text of several gaps as it reads filled, what was put in bold."""
    parts, end = [], 0
    for gap in filling.gaps:
        before = source[end : gap.start]
        shown = texts.BLANK_GAP
        if gap.chosen is not None:
            before = before.rstrip() if gap.chosen.joins else before
            shown = f"**{escape(clip(visible(gap.chosen.text), _WORD_LIMIT))}**"
        parts += [escape(before), shown]
        end = gap.end
    # Two gaps side by side are bold together: a message would show the stars between them.
    whole = "".join([*parts, escape(source[end:])]).replace("****", "")
    return quote(clip(whole, _TEXT_LIMIT))


def notes(filling: Filling, number: int) -> list[str]:
    """Return small lines about the order, and about what the model reads as an order."""
    gap = filling.gaps[number]
    lines = []
    if filling.order != "independent" and len(filling.gaps) > 1:
        name = texts.ORDER_NAMES[filling.order].lower()
        template = texts.ORDERED if gap.turn else texts.ORDERED_FIRST
        lines.append(template.format(order=name, turn=gap.turn + 1))
    if filling.control_tokens:
        names = joined([f"«{escape(name)}»" for name in filling.control_tokens])
        lines.append(texts.CONTROL_TOKENS.format(names=names))
    return [SMALL + line for line in lines]


def chart_of(filling: Filling, number: int, source: str) -> GapChart:
    """Return the picture of a gap."""
    gap = filling.gaps[number]
    both = GapHalf(
        title=texts.CHART_BOTH,
        words=_sentence(filling, number, source, gap.chosen),
        bars=_bars(gap, gap.candidates),
    )
    if not gap.has_right:
        return GapChart(halves=(both,))
    hidden = GapHalf(
        title=texts.CHART_HIDDEN,
        words=_sentence(filling, number, source, best_hidden(gap)),
        bars=_bars(gap, gap.hidden_candidates[:_HIDDEN_BARS], is_hidden=True),
        is_covered=True,
    )
    return GapChart(halves=(both, hidden))


def alt_of(chart: GapChart, filling: Filling) -> str:
    """Say what the picture shows, for those who cannot see it."""
    said = [
        listed("", [_alt_bar(bar) for bar in half.bars], [], _ALT_LIMIT // 2)
        for half in chart.halves
    ]
    text = clip(visible(" ".join(filling.text.split())), _ALT_TEXT)
    if len(said) == 1:
        return texts.ALT.format(text=text, both=said[0].strip())
    return texts.ALT_HIDDEN.format(text=text, both=said[0].strip(), hidden=said[1].strip())


def best_hidden(gap: Gap) -> GapCandidate | None:
    """Return the best with the right side covered that is text."""
    return next((c for c in gap.hidden_candidates if not c.is_special and c.text), None)


def _hidden(gap: Gap) -> str:
    """Say what the model would have said without the right side."""
    if not gap.has_right:
        return texts.NO_RIGHT
    best = best_hidden(gap)
    if best is None or gap.chosen is None:
        return ""
    often = times_of(best.hidden_prob)
    if best.token_id == gap.chosen.token_id:
        return texts.HIDDEN_SAME.format(word=told(best), often=often)
    return texts.HIDDEN_OTHER.format(
        word=told(best), often=often, chosen=told(gap.chosen), rank=gap.chosen.hidden_rank
    )


def _bars(
    gap: Gap, candidates: tuple[GapCandidate, ...], *, is_hidden: bool = False
) -> tuple[GapBar, ...]:
    """Return the bars; without the right side, also where the one that came out stands."""
    chosen = gap.chosen
    bars = [
        GapBar(
            label=label_of(c),
            prob=c.hidden_prob if is_hidden else c.raw_prob,
            is_chosen=chosen is not None and c.token_id == chosen.token_id,
        )
        for c in candidates
    ]
    if chosen is not None and not any(bar.is_chosen for bar in bars):
        prob, rank = chosen.raw_prob, chosen.raw_rank
        if is_hidden:
            prob, rank = chosen.hidden_prob, chosen.hidden_rank
        place = texts.CHART_RANK.format(rank=rank)
        bars.append(GapBar(label=label_of(chosen), prob=prob, is_chosen=True, rank=place))
    return tuple(bars)


def _sentence(
    filling: Filling, number: int, source: str, shown: GapCandidate | None
) -> tuple[ColouredWord, ...]:
    """Return the text's words, the gap in its place; the other gaps as they were read."""
    words: list[ColouredWord] = []
    end = 0
    for i, gap in enumerate(filling.gaps):
        words += _words(source[end : gap.start])
        candidate = shown if i == number else _read_as(filling, i, number)
        label = texts.BLANK_GAP if candidate is None else label_of(candidate)
        before = source[gap.start - 1 : gap.start]
        space = " " if before.isspace() else ""
        words.append(ColouredWord(text=space + label, bits=None, is_current=i == number))
        end = gap.end
    return (*words, *_words(source[end:]))


def _read_as(filling: Filling, other: int, number: int) -> GapCandidate | None:
    """Return what stood in another gap when this one was filled; None where it was open."""
    gaps = filling.gaps
    is_before = filling.order != "independent" and gaps[other].turn < gaps[number].turn
    return gaps[other].chosen if is_before else None


def _words(text: str) -> list[ColouredWord]:
    """Split a part of the text, each word with the space before it."""
    found = [ColouredWord(text=f" {word}", bits=None) for word in text.split()]
    if found and not text[0].isspace():
        found[0] = ColouredWord(text=found[0].text.strip(), bits=None)
    return found


def _alt_bar(bar: GapBar) -> str:
    return texts.ALT_BAR.format(word=bar.label + bar.rank, share=percent(bar.prob))
