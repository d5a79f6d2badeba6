"""Examples of what counts against a token or a text: repetition and length."""

from __future__ import annotations

from bot.glossary import texts
from bot.glossary.asking import (
    TOP,
    Asker,
    Example,
    bars,
    best,
    logprob,
    quoted,
    token,
    tokens,
)
from bot.glossary.formula_chart import FormulaChart, FormulaPanel, tex_number
from bot.render.numbers import decimal, fixed, percent

_PENALTY = 1.5
_ENDS = (texts.SHORT_END, texts.LONG_END)
_DIGITS = 2


async def penalty(asker: Asker) -> Example:
    """Show what becomes of a token that is in the prompt."""
    prompt, word = texts.REPEATED_PROMPT, texts.REPEATED_NEXT
    step = await asker.step(prompt, word, strategy="sample", repetition_penalty=_PENALTY)
    chosen = step.chosen_candidate
    template = texts.PENALTY if chosen.final_prob < chosen.raw_prob else texts.PENALTY_UP
    text = template.format(
        token=token(chosen.text),
        prompt=quoted(prompt),
        value=decimal(_PENALTY),
        raw=percent(chosen.raw_prob),
        final=percent(chosen.final_prob),
    )
    shown = [chosen, *[item for item in best(step) if item.token_id != chosen.token_id]][:TOP]
    chart = FormulaChart(
        formula=r"$z > 0:\ \ z / \theta \qquad z < 0:\ \ z \cdot \theta$",
        spoken=texts.SPOKEN_PENALTY,
        filled=(rf"$\theta = {tex_number(_PENALTY, 1)}$",),
        panels=(
            FormulaPanel(title=texts.PANEL_RAW, bars=bars(shown)),
            FormulaPanel(title=texts.PANEL_FINAL, bars=bars(shown, is_final=True)),
        ),
    )
    return Example(text=text, chart=chart)


async def no_repeat(asker: Asker) -> Example:
    """Show a token that would close a pair for the second time."""
    prompt, word = texts.PAIR_PROMPT, texts.PAIR_NEXT
    chosen = (await asker.step(prompt, word, no_repeat_ngram_size=2)).chosen_candidate
    is_forbidden = chosen.removed_by == "no_repeat_ngram_size"
    template = texts.NGRAM if is_forbidden else texts.NGRAM_FREE
    text = template.format(
        prompt=quoted(prompt), token=token(chosen.text), raw=percent(chosen.raw_prob)
    )
    return Example(text=text)


async def length(asker: Asker) -> Example:
    """Show two texts that change places with the length penalty."""
    texts_of = {text: await asker.steps(texts.LONG_PROMPT, text) for text in _ENDS}
    sums = {text: sum(map(logprob, steps)) for text, steps in texts_of.items()}
    counts = {text: len(steps) for text, steps in texts_of.items()}
    winners = [max(_ENDS, key=lambda t: sums[t] / counts[t] ** power) for power in (0, 1)]
    short, long = _ENDS
    text = texts.LENGTH.format(
        prompt=quoted(texts.LONG_PROMPT),
        short=quoted(short),
        short_sum=fixed(sums[short], _DIGITS),
        short_tokens=tokens(counts[short]),
        long=quoted(long),
        long_sum=fixed(sums[long], _DIGITS),
        long_tokens=tokens(counts[long]),
        zero=quoted(winners[0]),
        one=quoted(winners[1]),
    )
    chart = FormulaChart(
        formula=r"$s / n^{\lambda}$",
        spoken=texts.SPOKEN_LENGTH,
        filled=tuple(
            _length_line(sums[end], counts[end], power) for power in (0, 1) for end in _ENDS
        ),
    )
    return Example(text=text, chart=chart)


def _length_line(total: float, count: int, power: int) -> str:
    score = tex_number(total / count**power, _DIGITS)
    return (
        rf"$\lambda = {power}:\quad {tex_number(total, _DIGITS)} / {count}^{{{power}}} = {score}$"
    )
