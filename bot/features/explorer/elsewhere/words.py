"""A step of a server's text in words and bars; what it does not tell is called unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.features.explorer.elsewhere import texts
from bot.features.explorer.step.chart import Mark, WhyBar, WhyChart, quoted
from bot.features.explorer.step.labels import spoken
from bot.render.alt import listed as alt_of
from bot.render.coloured import ColouredWord
from bot.render.listed import ListedView, bits_of
from bot.render.markdown import escape
from bot.render.numbers import fixed, percent
from bot.render.step import token_label
from bot.render.tables import table
from bot.render.tokens import plain
from bot.texts import step as step_texts
from engine import Listed, ListedStep

BARS = 5
ALT_LIMIT = 900
_ALT_TEXT = 400
_MOST_PROMPT = 2000
_PROMPT_WORDS = re.compile(r"\s*\S+|\s+\Z")


def verdict_of(view: ListedView) -> str:
    """Return the verdict as plain text."""
    step, word = view.current, word_of(view)
    chosen = step.chosen
    if chosen is None:
        return texts.NO_NUMBERS.format(word=word)
    if chosen.rank is None:
        return texts.OUTSIDE.format(word=word)
    template = texts.FAVOURITE if chosen.rank == 1 else texts.OTHER
    return template.format(word=word, rank=chosen.rank)


def why(view: ListedView) -> str:
    """Say what the server tells of the step, and what nobody knows."""
    step, host = view.current, escape(host_of(view))
    chosen = step.chosen
    if chosen is None:
        return texts.SAY_NO_NUMBERS.format(host=host)
    chance, count = percent(chosen.prob), ranked(step)
    first = next(iter(step.candidates))
    if chosen.rank is None:
        said = texts.SAY_OUTSIDE.format(host=host, count=count, chance=chance)
    elif chosen.rank == 1:
        said = texts.SAY_FAVOURITE.format(host=host, chance=chance)
    else:
        said = texts.SAY_OTHER.format(
            host=host,
            chance=chance,
            first=escape(_label(view, first)),
            chance_first=percent(first.prob),
        )
    how = texts.BY_SAMPLING if view.completion.params.is_sampled else texts.BY_GREEDY
    return f"{said} {how}"


def chart_of(view: ListedView) -> WhyChart:
    """Return what the picture of a step shows."""
    step = view.current
    shown = list(step.candidates[:BARS])
    if (chosen := step.chosen) is not None and chosen not in shown:
        shown = [*shown[: BARS - 1], chosen]
    rest = 1.0 - sum(candidate.prob for candidate in shown)
    bars = tuple(
        WhyBar(
            label=_label(view, one),
            final=one.prob,
            mark=Mark.CHOSEN if one is chosen else Mark.PLAIN,
        )
        for one in shown
    )
    note = texts.REST.format(rest=percent(max(0.0, rest))) if bars else ""
    return WhyChart(words=_coloured(view), bars=bars, rest=note, header=texts.HEADER)


def alt_text(verdict: str, chart: WhyChart) -> str:
    """Say in words what the picture shows."""
    text = "".join(one.word.text for one in quoted(chart.words)).strip()
    lead = texts.ALT.format(verdict=verdict, text=plain(text)[:_ALT_TEXT], bars="")
    bars = [f"{plain(bar.label)} {percent(bar.final)}" for bar in chart.bars]
    return alt_of(lead.rstrip(), bars, [chart.rest] if chart.rest else [], ALT_LIMIT)


def numbers_text(view: ListedView) -> str:
    """Return the title, the table and the words of the page «Números»."""
    step, host = view.current, escape(host_of(view))
    title = texts.NUMBERS_TITLE.format(
        step=view.step + 1, steps=len(view.steps), word=escape(word_of(view))
    )
    if not step.candidates:
        return f"{title}\n{texts.SAY_NO_NUMBERS.format(host=host)}"
    lines = [title, texts.NUMBERS_WHERE.format(host=host, count=ranked(step)), _table(view)]
    if (bits := bits_of(step)) is not None:
        lines.append(texts.NUMBERS_SURPRISE.format(bits=fixed(bits, 1)))
    return "\n".join([*lines, texts.NUMBERS_UNKNOWN])


def word_lines(view: ListedView, words: tuple[str, ...]) -> Iterator[str]:
    """Answer about each word as far as the list goes."""
    step, host = view.current, escape(host_of(view))
    for word in words:
        shown = escape(word)
        if not step.candidates:
            yield texts.WORD_NO_NUMBERS.format(word=shown, host=host)
        elif (one := _same(step, word)) is not None:
            template = texts.WORD_CHOSEN if one is step.chosen else texts.WORD_LISTED
            yield template.format(word=shown, chance=percent(one.prob), rank=one.rank)
        elif (one := _beginning(step, word)) is not None:
            piece = escape(token_label(one.text.strip()))
            yield texts.WORD_BEGINS.format(word=shown, piece=piece, chance=percent(one.prob))
        else:
            yield texts.WORD_UNKNOWN.format(word=shown, host=host, count=ranked(step))


def host_of(view: ListedView) -> str:
    """Return where the text was written."""
    assert view.completion.remote is not None
    return view.completion.remote.host


def word_of(view: ListedView) -> str:
    """Name the token of the step."""
    return spoken(view.current.text, view.written) if view.current.text else token_label("")


def ranked(step: ListedStep) -> int:
    """Count the candidates that the server lists."""
    return sum(candidate.rank is not None for candidate in step.candidates)


def _label(view: ListedView, candidate: Listed) -> str:
    return spoken(candidate.text, view.written) if candidate.text else token_label("")


def _coloured(view: ListedView) -> tuple[ColouredWord, ...]:
    prompt = _PROMPT_WORDS.findall(view.before[-_MOST_PROMPT:])
    return (
        *(ColouredWord(text=text, bits=None) for text in prompt),
        *(
            ColouredWord(text=step.text, bits=bits_of(step), is_current=place == view.step)
            for place, step in enumerate(view.steps)
            if step.text
        ),
    )


def _table(view: ListedView) -> str:
    step = view.current
    shown, chosen = step.candidates, step.chosen
    rows = [
        (
            f"{texts.UNRANKED if one.rank is None else one.rank:>2} {token_label(one.text)}"
            + (f" {step_texts.CHOSEN_MARK}" if one is chosen else ""),
            percent(one.prob),
        )
        for one in shown
    ]
    rest = max(0.0, 1.0 - sum(one.prob for one in shown))
    rows.append((texts.REST_ROW, percent(rest)))
    return table((f"   {texts.COLUMN_TOKEN}", texts.COLUMN_CHANCE), rows)


def _same(step: ListedStep, word: str) -> Listed | None:
    wanted = word.casefold()
    found = (one for one in step.candidates if one.rank is not None or one is step.chosen)
    return next((one for one in found if one.text.strip().casefold() == wanted), None)


def _beginning(step: ListedStep, word: str) -> Listed | None:
    found = (one for one in step.candidates if one.text.strip() and one.rank is not None)
    return next((one for one in found if word.startswith(one.text.strip())), None)
