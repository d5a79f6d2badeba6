"""Examples of what is measured: doubt, surprise, log-probability, attention."""

from __future__ import annotations

import math

from bot.glossary import texts
from bot.glossary.asking import (
    Asker,
    Example,
    bars,
    best,
    listed,
    logprob,
    quoted,
    surprise_bits,
    token,
    tokens,
)
from bot.glossary.formula_chart import (
    FormulaBar,
    FormulaChart,
    FormulaPanel,
    tex_number,
    tex_percent,
)
from bot.render.numbers import decimal, fixed, percent
from bot.render.step import token_label
from engine import Candidate, Step

_DIGITS = 2
_WRITTEN_OUT = 4
_LOOKED_AT = 5


async def entropy(asker: Asker) -> Example:
    """Show how much the model doubts behind two texts."""
    steps = {
        texts.PROMPT: await asker.step(texts.PROMPT, texts.NEXT),
        texts.SURE_PROMPT: await asker.step(texts.SURE_PROMPT, texts.SURE_NEXT),
    }
    lines = [
        texts.ENTROPY.format(
            prompt=quoted(prompt),
            entropy=decimal(step.entropy_bits, _DIGITS),
            options=decimal(2**step.entropy_bits, 1),
        )
        for prompt, step in steps.items()
    ]
    chart = FormulaChart(
        formula=r"$H = -\sum_i p_i\,\log_2\,p_i$",
        spoken=texts.SPOKEN_ENTROPY,
        filled=tuple(
            rf"$H_{{{number}}} = {tex_number(step.entropy_bits, _DIGITS)}$"
            for number, step in enumerate(steps.values(), start=1)
        ),
        panels=tuple(
            FormulaPanel(
                title=texts.PANEL_ENTROPY.format(
                    number=number, prompt=texts.QUOTED.format(text=prompt)
                ),
                bars=bars(best(step)),
            )
            for number, (prompt, step) in enumerate(steps.items(), start=1)
        ),
    )
    return Example(text="\n".join(lines), chart=chart)


async def surprise(asker: Asker) -> Example:
    """Show the surprise of the best token and of another."""
    step = await asker.step(texts.PROMPT, texts.NEXT)
    first = best(step, 1)[0]
    shown = [first, *[c for c in (step.chosen_candidate,) if c.token_id != first.token_id]]
    shown = [candidate for candidate in shown if candidate.raw_prob > 0]
    chart = FormulaChart(
        formula=r"$-\log_2\,p$",
        spoken=texts.SPOKEN_SURPRISE,
        filled=tuple(
            rf"$-\log_2\,{tex_percent(candidate.raw_prob)}"
            rf" = {tex_number(surprise_bits(candidate.raw_prob), _DIGITS)}$"
            for candidate in shown
        ),
        panels=(
            FormulaPanel(
                title=texts.PANEL_NEXT.format(prompt=texts.QUOTED.format(text=texts.PROMPT)),
                bars=bars(shown),
            ),
        ),
    )
    text = texts.SURPRISE.format(
        prompt=quoted(texts.PROMPT), tokens=listed(map(_surprising, shown))
    )
    return Example(text=text, chart=chart)


async def logprobs(asker: Asker) -> Example:
    """Show the log-probabilities of a text and their sum."""
    steps = await asker.steps(texts.LONG_PROMPT, texts.SHORT_END)
    total = sum(map(logprob, steps))
    shown = listed(
        texts.LISTED_NUMBER.format(
            token=token(step.chosen_candidate.text), number=fixed(logprob(step), _DIGITS)
        )
        for step in steps
    )
    chart = FormulaChart(
        formula=r"$\sum_t \ln\,p_t$",
        spoken=texts.SPOKEN_LOGPROB,
        filled=(
            *(
                rf"$\ln\,{tex_percent(step.chosen_candidate.raw_prob)}"
                rf" = {tex_number(logprob(step), _DIGITS)}$"
                for step in steps[:_WRITTEN_OUT]
            ),
            rf"$\sum = {tex_number(total, _DIGITS)}$",
        ),
    )
    text = texts.LOGPROB.format(
        text=quoted(texts.SHORT_END),
        prompt=quoted(texts.LONG_PROMPT),
        tokens=shown,
        total=fixed(total, _DIGITS),
    )
    return Example(text=text, chart=chart)


async def perplexity(asker: Asker) -> Example:
    """Show the perplexity of a text."""
    steps = await asker.steps(texts.LONG_PROMPT, texts.LONG_END)
    total, count = sum(map(logprob, steps)), len(steps)
    value = perplexity_of(steps)
    chart = FormulaChart(
        formula=r"$e^{-\frac{1}{N}\,\sum_t \ln\,p_t}$",
        spoken=texts.SPOKEN_PERPLEXITY,
        filled=(
            rf"$e^{{{tex_number(-total, _DIGITS)} / {count}}}"
            rf" = e^{{{tex_number(-total / count, _DIGITS)}}} = {tex_number(value, 1)}$",
        ),
    )
    text = texts.PERPLEXITY.format(
        text=quoted(texts.LONG_END),
        prompt=quoted(texts.LONG_PROMPT),
        total=fixed(total, _DIGITS),
        tokens=tokens(count),
        value=decimal(value, 1),
    )
    return Example(text=text, chart=chart)


async def attention(asker: Asker) -> Example:
    """Show at whom the last token of a text looks."""
    done = await asker.write(texts.LONG_PROMPT, 1)
    seen = await asker.attention(done.prompt_ids)
    row = seen.maps[-1].weights[-1]
    pairs = list(zip(seen.tokens, row, strict=True))[-_LOOKED_AT:]
    last = seen.tokens[-1]
    chart = FormulaChart(
        formula=r"$\mathrm{softmax}\left(\dfrac{Q K^{T}}{\sqrt{d}}\right) V$",
        spoken=texts.SPOKEN_ATTENTION,
        panels=(
            FormulaPanel(
                title=texts.PANEL_ATTENTION.format(
                    token=texts.QUOTED.format(text=token_label(last))
                ),
                bars=tuple(
                    FormulaBar(label=token_label(text), share=weight) for text, weight in pairs
                ),
            ),
        ),
    )
    text = texts.ATTENTION.format(
        prompt=quoted(texts.LONG_PROMPT),
        token=token(last),
        tokens=listed(
            texts.LISTED_SHARE.format(token=token(text), share=percent(weight))
            for text, weight in pairs
        ),
    )
    return Example(text=text, chart=chart)


def perplexity_of(steps: tuple[Step, ...]) -> float:
    """Return e to the mean surprise of the tokens, in nats."""
    return math.exp(-sum(map(logprob, steps)) / len(steps))


def _surprising(candidate: Candidate) -> str:
    return texts.SURPRISE_ITEM.format(
        token=token(candidate.text),
        share=percent(candidate.raw_prob),
        bits=decimal(surprise_bits(candidate.raw_prob), 1),
    )
