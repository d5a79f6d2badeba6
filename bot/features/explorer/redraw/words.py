"""A step with another temperature or other cuts: what the same die gives, in words and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.features.explorer.redraw import texts
from bot.features.explorer.redraw.chart import DieStrip, RedrawBar, RedrawChart
from bot.features.explorer.step.labels import Labels
from bot.render.alt import listed
from bot.render.joining import joined
from bot.render.markdown import escape
from bot.render.numbers import fixed, integer, percent
from bot.render.settings import number_text, settings_line
from bot.render.step import StepView, token_label
from bot.render.step_sentence import BANS, die_numbers, stage_name
from bot.render.tokens import plain
from bot.texts import step as explicar
from engine import Candidate, DecodingParams, Step
from engine.explain import CurveCut, CurvePoint, Redraw

BARS = 5
"""Of the best candidates; what came out and would come out has one besides."""
_SAME = 1e-9


@dataclass(frozen=True, kw_only=True)
class RedrawView:
    """A step drawn again.

    Attributes:
        at: The step of the text.
        redraw: What the engine answered about it, without the text of banned tokens.
        params: The settings that it was asked with.
        values: The settings that are not the text's own, and their values.
    """

    at: StepView
    redraw: Redraw
    params: DecodingParams
    values: Mapping[str, int | float]

    @property
    def before(self) -> Step:
        """The step under the text's own settings, read again."""
        return self.redraw.before or self.redraw.step

    @property
    def came_out(self) -> int:
        """The token of the text."""
        return self.at.current.chosen

    @property
    def would_come_out(self) -> int | None:
        """The token that these settings give; None where whole texts or vectors are weighed."""
        effective = self.params.resolved()
        is_known = effective.draws_tokens or effective.strategy == "greedy"
        return self.redraw.step.chosen if is_known else None

    @property
    def compared(self) -> tuple[tuple[Candidate, float], ...]:
        """The best candidates, what came out and would come out, with what they had before."""
        before = {c.token_id: c.final_prob for c in self.before.candidates}
        by_rank = sorted(self.redraw.step.candidates, key=lambda c: c.raw_rank)
        wanted = {self.came_out, self.would_come_out}
        return tuple(
            (candidate, before[candidate.token_id])
            for place, candidate in enumerate(by_rank)
            if place < min(self.at.candidates, BARS) or candidate.token_id in wanted
        )

    @property
    def is_unchanged(self) -> bool:
        """Whether every token kept its final probability."""
        curves = self.redraw.curve, self.redraw.curve_before
        finals = [[point.final for point in curve] for curve in curves]
        return all(abs(now - then) < _SAME for now, then in zip(*finals, strict=True))


def changed_settings(values: Mapping[str, int | float]) -> str:
    """Name the settings that changed, those that are off last: «T 0,5 y sin top-p»."""
    return joined(_names(values))


def redraw_title(view: RedrawView) -> str:
    """Return the heading of the page."""
    at = view.at
    attempts = len(at.completion.attempts)
    if attempts == 1:
        return texts.TITLE
    return texts.TITLE + explicar.TITLE_ATTEMPT.format(attempt=at.attempt + 1, attempts=attempts)


def redraw_sentences(view: RedrawView) -> str:
    """Say what the die gave and would have given, and how many candidates are left."""
    return "\n".join([" ".join(part for part in (_then(view), _now(view)) if part), _left(view)])


def redraw_chart_of(view: RedrawView) -> RedrawChart:
    """Return what the picture shows."""
    at, answer = view.at, view.redraw
    settings = changed_settings(view.values) if view.values else settings_line(view.params)
    return RedrawChart(
        title=texts.CHART_TITLE.format(step=at.step + 1, steps=len(at.steps), settings=settings),
        bars=tuple(_bar(view, candidate, then) for candidate, then in view.compared),
        cuts=tuple(
            _cut_label(cut, view.params)
            for cut in answer.cuts
            if cut.name in explicar.STAGES and cut.name not in BANS
        ),
        strips=_strips(view),
    )


def _names(values: Mapping[str, int | float]) -> list[str]:
    off = [texts.OFF[name] for name, value in values.items() if _is_off(name, value)]
    named = (
        texts.CHANGES[name].format(value=number_text(value))
        for name, value in values.items()
        if not _is_off(name, value)
    )
    return [*named, *off]


def _is_off(name: str, value: float) -> bool:
    return name in texts.OFF and value == getattr(DecodingParams(), name)


def _change(view: RedrawView) -> str:
    """Begin a sentence: «Con T 0,5 y sin top-p», «Sin top-p», «Con muestreo y T 1»."""
    names = _names(view.values)
    is_new_draw = view.at.current.draw is None and view.redraw.step.draw is not None
    if is_new_draw:
        names.insert(0, texts.DRAWN)
    if names[0] in texts.OFF.values():
        return joined([names[0].capitalize(), *names[1:]])
    return texts.WITH.format(settings=joined(names))


def _then(view: RedrawView) -> str:
    """Say what came out, and of what throw."""
    effective = view.at.completion.params.resolved()
    token = _quoted(view, view.at.current.chosen_candidate)
    stored, draw = view.at.current.draw, view.redraw.step.draw
    if stored is None:
        return texts.NO_DIE.get(effective.strategy, texts.NO_DIE_OTHER).format(token=token)
    u, low, high = die_numbers(stored, *(() if draw is None else (draw,)))
    return texts.ROLLED.format(u=u, token=token, low=low, high=high)


def _now(view: RedrawView) -> str:
    """Say what these settings give, or what can be done."""
    stored, step = view.at.current.draw, view.redraw.step
    if not view.values:
        return _invitation(view)
    change, token = _change(view), _quoted(view, step.chosen_candidate)
    if view.would_come_out is None:
        return texts.SHARES_ONLY.format(change=change) + _unchanged(view)
    if step.draw is None:
        return texts.WOULD_TAKE.format(change=change, token=token)
    u, low, high = die_numbers(step.draw, *(() if stored is None else (stored,)))
    if stored is None:
        sentence = texts.IF_ROLLED.format(change=change, u=u, token=token, low=low, high=high)
        return sentence + _unchanged(view)
    if view.is_unchanged:
        return texts.WOULD_ROLL_ALIKE.format(change=change)
    is_same = step.chosen == view.came_out
    template = texts.WOULD_ROLL_SAME if is_same else texts.WOULD_ROLL
    return template.format(change=change, token=token, low=low, high=high)


def _unchanged(view: RedrawView) -> str:
    return texts.UNCHANGED if view.is_unchanged else ""


def _invitation(view: RedrawView) -> str:
    if view.at.current.draw is not None:
        return texts.CHOOSE
    effective = view.at.completion.params.resolved()
    return texts.CHOOSE_SHARES if effective.is_sampled else texts.CHOOSE_DRAWN


def _left(view: RedrawView) -> str:
    now, before = _candidates(view.redraw.step), _candidates(view.before)
    alone = texts.LEFT_ONE if now == 1 else texts.LEFT_NOW
    template = texts.LEFT if view.values else alone
    return template.format(before=integer(before), now=integer(now))


def _candidates(step: Step) -> int:
    """Return how many tokens can come out."""
    return [stage for stage in step.stages if stage.name != "draw"][-1].tokens_kept


def _bar(view: RedrawView, candidate: Candidate, then: float) -> RedrawBar:
    return RedrawBar(
        label=token_label(candidate.text),
        final=candidate.final_prob,
        before=then if view.values else None,
        came_out=candidate.token_id == view.came_out,
        would_come_out=bool(view.values) and candidate.token_id == view.would_come_out,
    )


def _strips(view: RedrawView) -> tuple[DieStrip, ...]:
    """Lay the die on the shares before and now, where there is one."""
    strips = []
    stored, draw = view.at.current.draw, view.redraw.step.draw
    if stored is not None:
        curve = view.redraw.curve_before
        label = texts.CHART_STRIP_BEFORE if view.values else texts.CHART_CAME_OUT
        strips.append(_strip(label, view.before, curve, view.came_out))
    if draw is not None and view.values:
        step = view.redraw.step
        strips.append(_strip(texts.CHART_STRIP_NOW, step, view.redraw.curve, step.chosen))
    return tuple(strip for strip in strips if strip is not None)


def _strip(label: str, step: Step, curve: tuple[CurvePoint, ...], token_id: int) -> DieStrip | None:
    if step.draw is None:
        return None
    token = next(c.text for c in step.candidates if c.token_id == token_id)
    shares = tuple(point.final for point in _dense(curve) if point.final > 0)
    draw = step.draw
    return DieStrip(
        label=label, token=token_label(token), shares=shares, u=draw.u, low=draw.low, high=draw.high
    )


def _cut_label(cut: CurveCut, params: DecodingParams) -> str:
    name = stage_name(cut.name, params)
    if cut.rank == getattr(params, cut.name, None):  # top-k 50 ends at rank 50
        return name
    return texts.CUT_LABEL.format(name=name, rank=integer(cut.rank))


def _dense(curve: tuple[CurvePoint, ...]) -> list[CurvePoint]:
    """Return the points of successive ranks, from the first."""
    return [point for place, point in enumerate(curve, start=1) if point.rank == place]


def _quoted(view: RedrawView, candidate: Candidate) -> str:
    return escape(Labels(view.at).of(candidate))


def redraw_alt(view: RedrawView) -> str:
    """Say what came out and would come out, the die, the best tokens, and where the cuts fall."""
    chart, step = redraw_chart_of(view), view.redraw.step
    tokens = {c.token_id: plain(token_label(c.text)) for c in step.candidates}
    items = [texts.ALT_CAME_OUT.format(token=tokens[view.came_out])]
    if view.values and view.would_come_out is not None:
        items.append(texts.ALT_WOULD_COME_OUT.format(token=tokens[view.would_come_out]))
    items += [texts.ALT_DIE.format(u=fixed(strip.u, 3)) for strip in chart.strips[:1]]
    template = texts.ALT_TOKEN if view.values else texts.ALT_TOKEN_OWN
    items += [
        template.format(token=tokens[c.token_id], now=percent(c.final_prob), before=percent(then))
        for c, then in view.compared
    ]
    tail = [plain(cut) for cut in chart.cuts]
    return listed(texts.ALT.format(title=chart.title), items, tail)
