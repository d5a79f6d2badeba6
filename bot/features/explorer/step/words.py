"""What the explorer's pictures show."""

from __future__ import annotations

from bot.features.explorer.step.chart import Mass, StepBar, StepChart
from bot.render.step import StepView, token_label
from bot.render.step_sentence import cut_names, filters
from bot.render.step_table import listed, tail
from bot.texts import step as texts


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
