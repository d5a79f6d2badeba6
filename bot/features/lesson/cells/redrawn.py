"""The next token behind a prompt, under other settings: read again, nothing written."""

from __future__ import annotations

from dataclasses import replace

from bot.features.lesson.cell import Lab, Trace
from bot.features.lesson.cells.room import fitting
from bot.render.word_list import masked_step
from engine import DecodingParams, Stage, Step
from engine.explain import Moment, Redraw, RedrawRequest


async def redrawn(lab: Lab, trace: Trace, params: DecodingParams, top_n: int) -> Redraw:
    """Ask how the first token of a text would be chosen with other settings.

    The word list of today counts there too.

    Args:
        lab: The lesson's.
        trace: A text with one token at least.
        params: The other settings.
        top_n: Candidates that are listed.

    Raises:
        EngineError: As `Engine.explain`.
    """
    moment = Moment.of(trace.request, trace.completion, attempt=0, step=0)
    answer = await lab.client.engine.explain(
        RedrawRequest(
            moment=moment,
            params=fitting(lab, params),
            trace_top_n=top_n,
            model=lab.pinned.model,
            revision=lab.pinned.revision,
            user_id=lab.owner_id,
            deadline_s=lab.client.settings.request_timeout_s,
        )
    )
    # What the installation's list bans is not shown, whatever its share.
    return replace(answer, step=masked_step(answer.step))


def stage_of(step: Step, name: str) -> Stage | None:
    """Return what a filter did at a step; None where it had nothing to do with it."""
    return next((stage for stage in step.stages if stage.name == name), None)
