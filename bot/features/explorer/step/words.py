"""The first page in words: heading, sentence, what its picture shows and its alt text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.features.explorer.step import texts
from bot.features.explorer.step.chart import Mark, WhyBar, WhyChart, quoted
from bot.features.explorer.step.labels import Labels
from bot.features.explorer.step.verdict import Decision, Verdict, decision_of
from bot.render.alt import listed as alt_of
from bot.render.chances import rounded
from bot.render.coloured import ColouredWord
from bot.render.numbers import percent
from bot.render.step import StepView
from bot.render.step_sentence import cut_names
from bot.render.step_table import tail
from bot.render.tokens import plain
from bot.render.written_words import word_at, written_words
from engine import Candidate

BARS = 5
ALT_LIMIT = 900
"""Discord takes 1024."""
_PROMPT_WORDS = re.compile(r"\s*\S+|\s+\Z")
_MOST_PROMPT = 2000
_ALT_TEXT = 400


def why_chart_of(view: StepView, labels: Labels, asked: Sequence[WhyBar] = ()) -> WhyChart:
    """Return what the picture of a step shows.

    Args:
        view: The step.
        labels: Name its tokens.
        asked: Bars of words that somebody asked for; each stands instead of its token's.
    """
    found = decision_of(view.current, view.completion.params)
    shown = barred(view, found)
    others = [c for c in shown if all(c.token_id != bar.token_id for bar in asked)]
    return WhyChart(
        words=coloured_text(view),
        bars=(*(_bar(labels, candidate, found) for candidate in others), *asked),
        rest=_rest(view, shown),
    )


def coloured_text(view: StepView) -> tuple[ColouredWord, ...]:
    """Return the whole text: the words before the first step have no colour."""
    prompt = _PROMPT_WORDS.findall(view.before[-_MOST_PROMPT:])
    attempt = view.completion.attempts[view.attempt]
    words = written_words(view.before, attempt.steps, attempt.finish_reason)
    here = word_at(words, view.step)
    return (
        *(ColouredWord(text=text, bits=None) for text in prompt),
        *(
            ColouredWord(text=word.text, bits=word.bits, is_current=i == here)
            for i, word in enumerate(words)
        ),
    )


def barred(view: StepView, found: Decision) -> tuple[Candidate, ...]:
    """Return the candidates with a bar: the best by final probability, and the chosen one.

    A favourite that a filter removed comes first: it is why the chosen one won.
    """
    step, most = view.current, min(BARS, view.candidates)
    order = sorted(step.candidates, key=lambda c: (-c.final_prob, c.raw_rank))
    order = [c for c in order if c.final_prob > 0 and c is not found.chosen]
    is_cut = found.verdict is Verdict.FILTER and found.favourite.removed_by is not None
    head = [found.favourite] if is_cut else []
    room = max(most - len(head) - 1, 0)
    alive = sorted([*order[:room], found.chosen], key=lambda c: (-c.final_prob, c.raw_rank))
    return (*head, *alive)


def _bar(labels: Labels, candidate: Candidate, found: Decision) -> WhyBar:
    mark = Mark.PLAIN
    label = labels.of(candidate)
    if candidate is found.chosen:
        mark, label = Mark.CHOSEN, labels.chosen
    elif candidate.removed_by is not None:
        mark = Mark.REMOVED
    return WhyBar(label=label, final=candidate.final_prob, mark=mark)


def _rest(view: StepView, shown: tuple[Candidate, ...]) -> str:
    left = tail(view.current, shown)
    parts = []
    if left.more_count:
        template = texts.MORE_ALONE if left.more_count == 1 else texts.MORE
        parts.append(template.format(count=rounded(left.more_count)))
    removed = left.removed_count + sum(c.removed_by is not None for c in shown)
    if removed:
        names = cut_names(view.current, view.completion.params)
        cuts = texts.CUTS.format(cuts=names) if names else ""
        template = texts.OUT_ALONE if removed == 1 else texts.OUT
        parts.append(template.format(count=rounded(removed), cuts=cuts))
    return " · ".join(parts)


def why_alt(verdict: str, chart: WhyChart) -> str:
    """Say in words what the picture shows: the text, then every bar.

    Args:
        verdict: The heading, as plain text.
        chart: The picture.
    """
    text = "".join(one.word.text for one in quoted(chart.words)).strip()
    lead = texts.ALT_TEXT.format(verdict=verdict, text=plain(text)[:_ALT_TEXT], bars="")
    bars = [_alt_bar(bar) for bar in chart.bars]
    return alt_of(lead.rstrip(), bars, [chart.rest] if chart.rest else [], ALT_LIMIT)


def _alt_bar(bar: WhyBar) -> str:
    templates = {Mark.CHOSEN: texts.ALT_CHOSEN, Mark.ASKED: texts.ALT_ASKED}
    if bar.share is not None:
        return texts.ALT_SHARE.format(word=plain(bar.label), share=percent(bar.share, 0))
    final = percent(bar.final) if bar.final > 0 else texts.ALT_REMOVED
    return templates.get(bar.mark, texts.ALT_BAR).format(word=plain(bar.label), final=final)
