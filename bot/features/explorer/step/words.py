"""What the explorer's pictures show."""

from __future__ import annotations

from bot.features.explorer.step import texts
from bot.features.explorer.step.chart import Mass, StepBar, StepChart
from bot.render.alt import listed as alt_of
from bot.render.numbers import integer, percent
from bot.render.step import StepView, token_label
from bot.render.step_sentence import cut_names, filters
from bot.render.step_table import listed, tail
from bot.render.tokens import plain


def step_chart_of(view: StepView) -> StepChart:
    """Return the picture of one step: the same candidates as its table."""
    step = view.current
    shown = listed(step, view.candidates)
    left = tail(step, shown)
    return StepChart(
        title=texts.CHART_TITLE.format(
            token=token_label(step.chosen_candidate.text),
            step=view.step + 1,
            steps=len(view.steps),
        ),
        bars=tuple(
            StepBar(
                label=token_label(candidate.text),
                rank=candidate.raw_rank,
                raw=candidate.raw_prob,
                final=candidate.final_prob,
                is_chosen=candidate.token_id == step.chosen,
                is_removed=candidate.removed_by is not None,
            )
            for candidate in shown
        ),
        rest=Mass(count=left.more_count, raw=left.more_raw, final=left.more_final),
        removed=Mass(count=left.removed_count, raw=left.removed_raw),
        cuts=cut_names(step, view.completion.params),
        is_filtered=bool(filters(step)),
    )


def step_alt(chart: StepChart) -> str:
    """Say the chosen token first, then the others, the tail and what was removed."""
    bars = sorted(chart.bars, key=lambda bar: not bar.is_chosen)
    rest = [
        *_mass(texts.ALT_REST if chart.is_filtered else texts.ALT_REST_ALONE, chart.rest),
        *_mass(texts.ALT_REMOVED_REST, chart.removed),
    ]
    lead = texts.ALT_STEP.format(title=chart.title).lstrip(". ")
    return alt_of(lead, [_bar(bar, is_filtered=chart.is_filtered) for bar in bars], rest)


def _bar(bar: StepBar, *, is_filtered: bool) -> str:
    template = texts.ALT_BAR if is_filtered else texts.ALT_ALONE
    if bar.is_removed:
        template = texts.ALT_REMOVED
    elif bar.is_chosen:
        template = texts.ALT_CHOSEN if is_filtered else texts.ALT_CHOSEN_ALONE
    return template.format(token=plain(bar.label), raw=percent(bar.raw), final=percent(bar.final))


def _mass(template: str, mass: Mass | None) -> list[str]:
    if mass is None or not mass.count:
        return []
    count, raw, final = integer(mass.count), percent(mass.raw), percent(mass.final)
    return [template.format(count=count, raw=raw, final=final)]
