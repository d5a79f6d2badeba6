"""A step's funnel in words, as a table, and as what its picture shows."""

from __future__ import annotations

from bot.features.explorer.funnel import texts
from bot.features.explorer.funnel.chart import FunnelChart, FunnelRow
from bot.features.explorer.step.labels import word_label
from bot.render.alt import listed
from bot.render.markdown import escape
from bot.render.numbers import NO_BREAK_SPACE, decimal, integer, percent
from bot.render.step import StepView, token_label
from bot.render.step_sentence import beam_template, die_sentence, every_filter, vocabulary_size
from bot.render.tokens import plain
from bot.texts import step as explicar
from bot.texts.common import tokens
from bot.texts.filters import STAGES
from engine import DecodingParams, Stage, Step

_DIGITS = 4
_PROFILE = 10
_MASSES_SUM_TO = ("top_p", "typical_p")
_MOVING = frozenset({"diversity_penalty", "repetition_penalty", "sentence_end_tokens"})
"""Stages that lift or lower single tokens, by what the recorded step does not say."""


def funnel_title(view: StepView) -> str:
    """Return the heading of the page."""
    line = texts.TITLE.format(
        token=escape(word_label(view)), step=view.step + 1, steps=len(view.steps)
    )
    attempts = len(view.completion.attempts)
    if attempts > 1:
        line += explicar.TITLE_ATTEMPT.format(attempt=view.attempt + 1, attempts=attempts)
    return line


def funnel_sentences(view: StepView) -> str:
    """Say what each stage does and did here, a line each."""
    step, params = view.current, view.completion.params
    lines = [_vocabulary_sentence(step)]
    lines += [_stage_sentence(stage, step, params) for stage in every_filter(step)]
    return "\n".join([*lines, _choice_sentence(view)])


def funnel_chart_of(view: StepView) -> FunnelChart:
    """Return what the picture of the step's funnel shows."""
    step, params = view.current, view.completion.params
    draw = step.draw
    return FunnelChart(
        title=texts.CHART_TITLE.format(
            step=view.step + 1, steps=len(view.steps), token=_token(step)
        ),
        token=_token(step),
        rows=(
            FunnelRow(label=texts.VOCABULARY, kind="whole", tokens=_whole(step).tokens_kept),
            *(_row(stage, step, params) for stage in every_filter(step)),
            FunnelRow(
                label=texts.CHOICES.get(params.strategy, texts.CHOICE),
                kind="choice",
                tokens=1,
                mass=step.chosen_candidate.final_prob,
                die=(draw.u, draw.low, draw.high) if draw is not None else None,
            ),
        ),
    )


def reshaped(step: Step, params: DecodingParams, name: str) -> tuple[tuple[float, float], ...]:
    """Return shares of the best candidates before and after a reshaping stage.

    Filters that cut do not change the ratios of what they keep, and temperature is a power of the
    probability: so what stood between penalty and temperature follows from what came out. A token
    that was cut after a penalty is left out: whether it was penalised is not recorded. Nor is what
    stood between two stages that move single tokens: of both, no shares.

    Args:
        step: A recorded step.
        params: The effective settings.
        name: The stage.

    Returns:
        At most ten pairs, by raw rank; each side sums to 1.
    """
    active = {stage.name for stage in every_filter(step)}
    moving = active & _MOVING
    if len(moving) > 1:
        return ()
    power = params.temperature if "temperature" in active else 1.0
    best = sorted(step.candidates, key=lambda candidate: candidate.raw_rank)
    if moving:
        best = [candidate for candidate in best if candidate.final_prob > 0][:_PROFILE]
        raw, final = _scaled([c.raw_prob for c in best]), _scaled([c.final_prob for c in best])
        between = [p**power for p in final]
        pair = (between, final) if name == "temperature" else (raw, between)
    else:
        raw = _scaled([candidate.raw_prob for candidate in best[:_PROFILE]])
        pair = (raw, [p ** (1 / power) for p in raw])
    return tuple(zip(*map(_shares, pair), strict=True))


def _scaled(values: list[float]) -> list[float]:
    """Divide by the greatest, so that no power of them all becomes 0."""
    top = max(values, default=0.0)
    return [value / top if top else 1.0 for value in values]


def _shares(values: list[float]) -> list[float]:
    total = sum(values)
    return [value / total for value in values]


def _row(stage: Stage, step: Step, params: DecodingParams) -> FunnelRow:
    label = _label(stage, params)
    if stage.kind == "reshape":
        profile = reshaped(step, params, stage.name)
        return FunnelRow(label=label, kind="reshape", tokens=stage.tokens_kept, profile=profile)
    return FunnelRow(label=label, kind="cut", tokens=stage.tokens_kept, mass=stage.mass_kept)


def _vocabulary_sentence(step: Step) -> str:
    total, kept = vocabulary_size(step), _whole(step).tokens_kept
    if kept == total:
        return texts.ALL_TOKENS.format(count=integer(total))
    return texts.MODEL_REMOVED.format(total=integer(total), removed=integer(total - kept))


def _stage_sentence(stage: Stage, step: Step, params: DecodingParams) -> str:
    value = getattr(params, stage.name, None)
    number, share = _number(value), _percentage(value)
    if stage.kind == "reshape":
        return _reshaping(stage.name, value).format(value=number, name=_label(stage, params))
    template = STAGES[stage.name].does if stage.name in STAGES else texts.CUT
    if stage.name == "top_k" and value == 1:
        template = texts.CUT_TOP_1
    does = template.format(value=number, share=share, name=_label(stage, params))
    if not stage.tokens_removed:
        return texts.REMOVED_NONE.format(does=does)
    sentence = texts.REMOVED_SOME.format(
        does=does,
        removed=integer(stage.tokens_removed),
        share=percent(stage.mass_removed),
        kept=integer(stage.tokens_kept),
    )
    return sentence + _tie(stage, step, params)


def _reshaping(name: str, value: object) -> str:
    if name not in STAGES:
        return texts.RESHAPED
    is_low = isinstance(value, int | float) and value < 1
    return (is_low and STAGES[name].does_below_one) or STAGES[name].does


def _tie(stage: Stage, step: Step, params: DecodingParams) -> str:
    """Say a tie at the cut, where the recorded candidates show one."""
    if stage.name == "top_k":
        return texts.TIE_KEPT if stage.tokens_kept > params.top_k else ""
    if stage.name not in _MASSES_SUM_TO or params.repetition_penalty != 1:
        return ""
    removed = {c.raw_prob for c in step.candidates if c.removed_by == stage.name}
    kept = {c.raw_prob for c in step.candidates if c.removed_by is None}
    return texts.TIE_SPLIT if removed & kept else ""


def _choice_sentence(view: StepView) -> str:
    step, params = view.current, view.completion.params
    token, is_free = escape(word_label(view)), not every_filter(step)
    if step.draw is not None:
        share = f"**{percent(step.chosen_candidate.final_prob)}**"
        line = texts.DRAWN.format(die=die_sentence(step.draw), token=token, share=share)
        return f"{texts.DRAWN_FREELY}\n{line}" if is_free else line
    if params.is_beam:
        template = beam_template(params, texts.BEAM, texts.BEAM_SAMPLE, texts.BEAM_GROUPS)
        counts = {"beams": params.num_beams, "groups": params.num_beam_groups}
        line = template.format(**counts, token=token)
        return f"{texts.BEAM_FREELY}\n{line}" if is_free else line
    if params.strategy == "contrastive":
        return texts.CONTRAST.format(token=token)
    return (texts.GREEDY_FREELY if is_free else texts.GREEDY).format(token=token)


def _label(stage: Stage, params: DecodingParams) -> str:
    words = STAGES.get(stage.name)
    template = stage.name if words is None else words.label
    return template.format(value=_number(getattr(params, stage.name, None)))


def _number(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return decimal(value, _DIGITS)


def _percentage(value: object) -> str:
    """Write a share as it was set: «90 %», «0,03 %»."""
    if not isinstance(value, int | float):
        return ""
    return f"{decimal(100 * value, _DIGITS)}{NO_BREAK_SPACE}%"


def _token(step: Step) -> str:
    return token_label(step.chosen_candidate.text)


def _whole(step: Step) -> Stage:
    return step.stages[0]


def _left(step: Step) -> int:
    """Return how many tokens could still come out."""
    return [stage for stage in step.stages if stage.name != "draw"][-1].tokens_kept


def funnel_alt(chart: FunnelChart) -> str:
    """Say what each stage left, and which token came out."""
    *stages, choice = chart.rows
    end = texts.ALT_CHOICE.format(
        label=choice.label, token=plain(chart.token), share=percent(choice.mass)
    )
    return listed(texts.ALT.format(title=chart.title), [_stage(row) for row in stages], [end])


def _stage(row: FunnelRow) -> str:
    template = {"whole": texts.ALT_WHOLE, "reshape": texts.ALT_RESHAPES}.get(row.kind)
    if template is None:
        template = texts.ALT_CUT if row.mass < 1 else texts.ALT_UNCUT
    return template.format(
        label=row.label, tokens=tokens(integer(row.tokens)), share=percent(1.0 - row.mass)
    )
