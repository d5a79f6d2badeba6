"""Examples of what changes the choice by cutting tokens or reshaping their probabilities."""

from __future__ import annotations

from bot.glossary import texts
from bot.glossary.asking import (
    Asker,
    Example,
    bars,
    best,
    listed,
    quoted,
    surprise_bits,
    token,
    tokens,
)
from bot.glossary.formula_chart import FormulaChart, FormulaPanel, tex_number, tex_percent
from bot.render.numbers import decimal, integer, percent
from bot.texts.filters import FILTERS
from engine import Stage, Step

_COLD, _HOT = 0.5, 2.0
_TOP_K, _TOP_P, _MIN_P, _TYPICAL_P = 3, 0.5, 0.2, 0.5
_EPSILON, _ETA = 0.01, 0.01
_SHOWN = 6
_WRITTEN_OUT = 4


async def temperature(asker: Asker) -> Example:
    """Show the same best tokens under three temperatures."""
    steps = {
        value: await asker.step(texts.PROMPT, texts.NEXT, strategy="sample", temperature=value)
        for value in (_COLD, 1.0, _HOT)
    }
    first = best(steps[1.0])[0]
    shown = listed(
        texts.TEMPERATURE_ITEM.format(value=decimal(value), share=percent(best(step)[0].final_prob))
        for value, step in steps.items()
    )
    chart = FormulaChart(
        formula=r"$p_i = \dfrac{e^{z_i / T}}{\sum_j e^{z_j / T}}$",
        spoken=texts.SPOKEN_TEMPERATURE,
        panels=tuple(
            FormulaPanel(
                title=texts.PANEL_TEMPERATURE.format(value=decimal(value)),
                bars=bars(best(step), is_final=True),
            )
            for value, step in steps.items()
        ),
    )
    text = texts.TEMPERATURE.format(
        prompt=quoted(texts.PROMPT), token=token(first.text), shares=shown
    )
    return Example(text=text, chart=chart)


async def top_k(asker: Asker) -> Example:
    """Show which tokens top-k leaves, and what their shares become."""
    setting = _setting("top_k", _TOP_K)
    step = await _filtered(asker, top_k=_TOP_K)
    left = [candidate for candidate in best(step, _SHOWN) if candidate.removed_by is None]
    chart = FormulaChart(
        formula=r"$p'_i = \dfrac{p_i}{p_1 + \ldots + p_k}$",
        spoken=texts.SPOKEN_TOP_K,
        filled=(
            rf"$p'_1 = \dfrac{{{tex_percent(left[0].raw_prob)}}}"
            rf"{{{_sum([candidate.raw_prob for candidate in left])}}}"
            rf" = {tex_percent(left[0].final_prob)}$",
        ),
        panels=_before_and_after(step, setting),
    )
    return Example(text=_kept(step, "top_k", setting), chart=chart)


async def top_p(asker: Asker) -> Example:
    """Show how many tokens it takes to sum p."""
    setting = _setting("top_p", _TOP_P)
    step = await _filtered(asker, top_p=_TOP_P)
    stage = _stage(step, "top_p")
    listed_probs = [candidate.raw_prob for candidate in best(step, _SHOWN)]
    total = tex_percent(stage.mass_kept)
    if stage.tokens_kept <= min(_WRITTEN_OUT, len(listed_probs)):
        left = _sum(listed_probs[: stage.tokens_kept])
    else:
        left = rf"p_1 + \ldots + p_{{{stage.tokens_kept}}}"
    chart = FormulaChart(
        formula=r"$p_1 + p_2 + \ldots + p_n \geq p$",
        spoken=texts.SPOKEN_TOP_P,
        filled=(rf"${left} = {total} \geq {tex_percent(_TOP_P)}$",),
        panels=_before_and_after(step, setting),
    )
    return Example(text=_kept(step, "top_p", setting), chart=chart)


async def min_p(asker: Asker) -> Example:
    """Show the threshold that the best token sets."""
    setting = _setting("min_p", _MIN_P)
    step = await _filtered(asker, min_p=_MIN_P)
    top = best(step)[0].raw_prob
    chart = FormulaChart(
        formula=r"$p_i \geq m \cdot p_1$",
        spoken=texts.SPOKEN_MIN_P,
        filled=(
            rf"$p_i \geq {tex_number(_MIN_P, 1)} \cdot {tex_percent(top)}"
            rf" = {tex_percent(_MIN_P * top)}$",
        ),
        panels=_before_and_after(step, setting),
    )
    return Example(text=_kept(step, "min_p", setting), chart=chart)


async def typical_p(asker: Asker) -> Example:
    """Show that the obvious may go too."""
    setting = _setting("typical_p", _TYPICAL_P)
    step = await _filtered(asker, typical_p=_TYPICAL_P)
    first = best(step, 1)[0]
    text = texts.TYPICAL.format(entropy=decimal(step.entropy_bits, 1))
    if first.removed_by == "typical_p":
        bits = decimal(surprise_bits(first.raw_prob), 1)
        text += texts.TYPICAL_OBVIOUS.format(token=token(first.text), bits=bits)
    return Example(text=f"{_kept(step, 'typical_p', setting)} {text}")


async def cutoffs(asker: Asker) -> Example:
    """Show how many tokens each of the two thresholds leaves."""
    epsilon = await _filtered(asker, epsilon_cutoff=_EPSILON)
    eta = await _filtered(asker, eta_cutoff=_ETA)
    lines = (
        _kept(epsilon, "epsilon_cutoff", _setting("epsilon_cutoff", _EPSILON)),
        _kept(eta, "eta_cutoff", _setting("eta_cutoff", _ETA)),
    )
    return Example(text="\n".join(lines))


def _setting(name: str, value: float) -> str:
    return FILTERS[name].label.format(value=decimal(value))


async def _filtered(asker: Asker, **settings: float) -> Step:
    return await asker.step(texts.PROMPT, texts.NEXT, strategy="sample", **settings)


def _stage(step: Step, name: str) -> Stage:
    return next(stage for stage in step.stages if stage.name == name)


def _kept(step: Step, name: str, setting: str) -> str:
    """Say how many tokens a filter left, and the mass that it took."""
    stage = _stage(step, name)
    template = texts.KEPT if stage.tokens_removed else texts.KEPT_ALL
    return template.format(
        prompt=quoted(texts.PROMPT),
        setting=setting,
        kept=tokens(stage.tokens_kept),
        removed=integer(stage.tokens_removed),
        share=percent(stage.mass_removed),
    )


def _before_and_after(step: Step, setting: str) -> tuple[FormulaPanel, ...]:
    shown = best(step, _SHOWN)
    left = [candidate for candidate in shown if candidate.removed_by is None]
    return (
        FormulaPanel(title=texts.PANEL_CUT.format(setting=setting), bars=bars(shown)),
        FormulaPanel(title=texts.PANEL_FINAL, bars=bars(left, is_final=True)),
    )


def _sum(shares: list[float]) -> str:
    return " + ".join(tex_percent(share) for share in shares)
