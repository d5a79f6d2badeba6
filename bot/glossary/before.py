"""Examples of what there is before anything is chosen."""

from __future__ import annotations

import math

from bot.glossary import texts
from bot.glossary.asking import Asker, Example, best, listed, quoted, token, tokens
from bot.glossary.formula_chart import (
    FormulaBar,
    FormulaChart,
    FormulaPanel,
    tex_number,
    tex_percent,
)
from bot.render.numbers import fixed, integer, percent
from bot.render.settings import settings_line
from bot.render.step import token_label
from bot.render.step_sentence import vocabulary_size
from engine import DecodingParams, Step

_DIGITS = 2
_FILTERED = DecodingParams(strategy="sample", temperature=0.7, top_k=3)


async def split(asker: Asker) -> Example:
    """Show the tokens of a text."""
    steps = await asker.steps(texts.SPLIT_PROMPT, texts.SPLIT_NEXT)
    template = texts.TOKEN_ONE if len(steps) == 1 else texts.TOKEN
    shown = " ".join(token(step.chosen_candidate.text) for step in steps)
    count = integer(len(steps))
    text = template.format(text=quoted(texts.SPLIT_NEXT), count=count, tokens=shown)
    return Example(text=text)


async def vocabulary(asker: Asker) -> Example:
    """Show how much the best tokens leave to all the others."""
    step = await _next(asker)
    first = best(step)
    share, total = sum(candidate.raw_prob for candidate in first), vocabulary_size(step)
    text = texts.VOCABULARY.format(
        count=integer(total),
        prompt=quoted(texts.PROMPT),
        tokens=listed(token(candidate.text) for candidate in first),
        best=percent(share),
        others=integer(total - len(first)),
        rest=percent(1 - share),
    )
    return Example(text=text)


async def context(asker: Asker) -> Example:
    """Show how much of the context a text takes."""
    done = await asker.write(texts.PROMPT, 1)
    limit = asker.info.n_positions
    template = texts.CONTEXT if limit is None else texts.CONTEXT_LIMIT
    text = template.format(
        prompt=quoted(texts.PROMPT),
        tokens=tokens(len(done.prompt_ids)),
        limit=integer(limit or 0),
    )
    return Example(text=text)


async def logits(asker: Asker) -> Example:
    """Show the best logits, counted from the first of them."""
    step = await _next(asker)
    numbers = relative_logits(step)
    gap = -numbers[min(1, len(numbers) - 1)]
    text = texts.LOGIT.format(
        prompt=quoted(texts.PROMPT),
        tokens=_numbered(step, numbers),
        gap=fixed(gap, _DIGITS),
        times=fixed(math.exp(gap), 1),
    )
    return Example(text=text)


async def softmax(asker: Asker) -> Example:
    """Show the softmax of the best logits."""
    step = await _next(asker)
    numbers = relative_logits(step)
    shares = softmax_of(numbers)
    powers = [f"e^{{{tex_number(number, _DIGITS)}}}" for number in numbers]
    chart = FormulaChart(
        formula=r"$p_i = \dfrac{e^{z_i}}{\sum_j e^{z_j}}$",
        spoken=texts.SPOKEN_SOFTMAX,
        filled=(
            rf"$p_1 = \dfrac{{{powers[0]}}}{{{' + '.join(powers)}}} = {tex_percent(shares[0])}$",
        ),
        panels=(
            FormulaPanel(
                title=texts.PANEL_SOFTMAX,
                bars=tuple(
                    FormulaBar(label=token_label(candidate.text), share=share)
                    for candidate, share in zip(best(step), shares, strict=True)
                ),
            ),
        ),
    )
    shown = listed(
        texts.LISTED_SHARE.format(
            token=token(candidate.text), share=f"{fixed(number, _DIGITS)} → {percent(share)}"
        )
        for candidate, number, share in zip(best(step), numbers, shares, strict=True)
    )
    text = texts.SOFTMAX.format(prompt=quoted(texts.PROMPT), tokens=shown)
    return Example(text=text, chart=chart)


async def raw_and_final(asker: Asker) -> Example:
    """Show the best tokens before and after the filters."""
    settings = {"temperature": _FILTERED.temperature, "top_k": _FILTERED.top_k}
    step = await asker.step(texts.PROMPT, texts.NEXT, strategy="sample", **settings)
    first = best(step, 4)
    shown = listed(
        texts.RAW_FINAL_ITEM.format(
            token=token(candidate.text),
            raw=percent(candidate.raw_prob),
            final=percent(candidate.final_prob),
        )
        for candidate in first
    )
    text = texts.RAW_FINAL.format(
        prompt=quoted(texts.PROMPT), settings=settings_line(_FILTERED), tokens=shown
    )
    return Example(text=text)


def relative_logits(step: Step) -> list[float]:
    """Return the best tokens' logits less the first of them.

    A constant taken from all logits changes no probability, so the logarithm of a probability is
    a logit, and the differences are those of the model's own.
    """
    first = best(step)
    return [math.log(candidate.raw_prob / first[0].raw_prob) for candidate in first]


def softmax_of(numbers: list[float]) -> list[float]:
    """Return the softmax of a few numbers."""
    weights = [math.exp(number - max(numbers)) for number in numbers]
    return [weight / sum(weights) for weight in weights]


def _numbered(step: Step, numbers: list[float]) -> str:
    return listed(
        texts.LISTED_NUMBER.format(token=token(candidate.text), number=fixed(number, _DIGITS))
        for candidate, number in zip(best(step), numbers, strict=True)
    )


async def _next(asker: Asker) -> Step:
    return await asker.step(texts.PROMPT, texts.NEXT)
