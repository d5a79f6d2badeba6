"""The smallest change of one setting that lets a word in, found on the settings' grids.

Whether a token passes its own filter only grows with that filter's looseness. But every filter
renormalises what the later ones see, and temperature moves the band that typical and eta keep:
the fate of a token is not monotone in a setting, so the grid is walked value by value.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from engine.decoding.stages import StageRecord
from engine.decoding_params import (
    FILTERS,
    MAX_CONTRASTIVE_CANDIDATES,
    RANGES,
    SWITCHES,
    DecodingParams,
)
from engine.errors import EngineError
from engine.explain.decision import Decision
from engine.explain.values import Suggestion

# Grid values tried one by one on each side; of longer grids (top_k, the cutoffs), the rest is
# searched for one boundary.
_WALK_VALUES = 100
_PENALTIES = (1.0, 2.0)
# The filters that keep more the farther their value goes one way.
_ONE_WAY = tuple(n for n in RANGES if n in FILTERS and FILTERS[n].looser in ("above", "below"))


@dataclass(frozen=True)
class Place:
    """A token at the decision where it is wanted."""

    decision: Decision
    token_id: int


@dataclass(frozen=True)
class Grid:
    """The values of one setting that are tried, by index, around the present one.

    Attributes:
        params: The present settings.
        indices: Value = index × step of the setting's range.
    """

    params: DecodingParams
    setting: str
    indices: range

    @classmethod
    def of(cls, params: DecodingParams, setting: str, vocab_size: int) -> Grid:
        """Return the grid of a setting."""
        allowed = RANGES[setting]
        low, high = allowed.low, vocab_size if math.isinf(allowed.high) else allowed.high
        if setting == "repetition_penalty":
            # Less would reward repetition; more leaves no language.
            low, high = _PENALTIES[0], max(_PENALTIES[1], params.repetition_penalty)
        if params.strategy == "contrastive" and setting == "top_k":
            high = min(high, MAX_CONTRASTIVE_CANDIDATES)
        start, stop = round(low / allowed.step), round(high / allowed.step) + 1
        # Temperature 0 is greedy search; top-k 0 keeps everything, as its last value does.
        start += allowed.low_open or setting in ("temperature", "top_k")
        return cls(params, setting, range(start, stop - allowed.high_open))

    @property
    def above(self) -> range:
        """Indices of greater values than the present one, the nearest first."""
        start = math.floor(self._present + 1e-6) + 1
        return range(max(self.indices.start, start), self.indices.stop)

    @property
    def below(self) -> range:
        """Indices of smaller values than the present one, the nearest first."""
        start = math.ceil(self._present - 1e-6) - 1
        return range(min(self.indices.stop - 1, start), self.indices.start - 1, -1)

    def distance(self, index: int) -> float:
        """Return how many steps an index is from the present value."""
        return abs(index - self._present)

    def value(self, index: int) -> int | float:
        """Return the value at an index."""
        allowed = RANGES[self.setting]
        return index if allowed.integer else round(index * allowed.step, 6)

    def changed(self, index: int) -> DecodingParams:
        """Return the settings with the value at an index."""
        change: dict[str, Any] = {self.setting: self.value(index)}
        return replace(self.params, **change)

    @property
    def _present(self) -> float:
        return float(getattr(self.params, self.setting) / RANGES[self.setting].step)


def odds(places: Sequence[Place], params: DecodingParams) -> float | None:
    """Return the probability that all tokens come out, 0.0 where they cannot.

    Sampling: the product of their final probabilities. Greedy search: 1.0 or 0.0. Beam search and
    contrastive search weigh more than the next token: None unless a filter removes one.

    Args:
        places: The tokens of a word.
        params: The settings; they need not be resolved.
    """
    params = params.resolved()
    product = 1.0
    for place in places:
        try:
            scores = place.decision.scores(params)[0]
        except EngineError:  # the filters leave no token at all
            return 0.0
        if params.strategy == "greedy":
            product *= float(int(scores.argmax()) == place.token_id)
        elif scores[place.token_id] > -torch.inf:
            product *= float(torch.softmax(scores.double(), -1)[place.token_id])
        else:
            product = 0.0
        if product == 0.0:
            return product
    return None if params.is_beam or params.strategy == "contrastive" else product


def suggest(places: Sequence[Place], params: DecodingParams) -> tuple[Suggestion, ...]:
    """Return the smallest change of each setting that can help, the smallest of all first.

    Args:
        places: The tokens of a word that did not come out.
        params: The present settings, as requested.
    """
    found = [_change_strategy(places, params)]
    if odds(places, params) == 0.0:
        found += [_change_number(places, params, setting) for setting in _settings(params)]
        found += [_switch_off(places, params, setting) for setting in SWITCHES]
    suggestions = [suggestion for suggestion in found if suggestion is not None]
    return tuple(sorted(suggestions, key=lambda s: (s.notches, -(s.odds or 0.0))))


def _settings(params: DecodingParams) -> list[str]:
    """Name the settings that act now, and the two that always could."""
    settings = ["repetition_penalty"]
    if params.no_repeat_ngram_size:
        settings.append("no_repeat_ngram_size")
    if params.resolved().strategy == "contrastive":
        settings.append("top_k")
    if params.is_sampled:
        settings.append("temperature")
    if params.resolved().is_sampled:
        off = DecodingParams()
        settings += [n for n in _ONE_WAY if getattr(params, n) != getattr(off, n)]
    return settings


def _change_strategy(places: Sequence[Place], params: DecodingParams) -> Suggestion | None:
    if params.is_sampled:
        return None
    chance = odds(places, replace(params, strategy="sample"))
    if not chance:
        return None
    return Suggestion(setting="strategy", value="sample", notches=1, odds=chance)


def _switch_off(places: Sequence[Place], params: DecodingParams, setting: str) -> Suggestion | None:
    off: dict[str, Any] = {setting: False}
    changed = replace(params, **off)
    chance = 0.0 if changed == params else odds(places, changed)
    if chance == 0.0:
        return None
    return Suggestion(setting=setting, value=False, notches=1, odds=chance)


def _change_number(
    places: Sequence[Place], params: DecodingParams, setting: str
) -> Suggestion | None:
    grid = Grid.of(params, setting, places[0].decision.logits.shape[-1])

    def lets_in(index: int) -> bool:
        return odds(places, grid.changed(index)) != 0.0

    best: int | None = None
    for walk in _walks(places, grid):
        steps: Sequence[int] = walk
        if best is not None:
            nearest = grid.distance(best)
            steps = [i for i in walk[:_WALK_VALUES] if grid.distance(i) < nearest]
        index = _first(steps, lets_in)
        best = best if index is None else index
    if best is None:
        return None
    return Suggestion(
        setting=setting,
        value=grid.value(best),
        notches=max(1, round(grid.distance(best))),
        odds=odds(places, grid.changed(best)),
    )


def _walks(places: Sequence[Place], grid: Grid) -> list[range]:
    """Return the grid indices on the sides that can help, the nearest value first.

    Where a cut, or a stage before it, has removed a token, only a looser cut can help, and none
    that still removes it.
    """
    if grid.setting not in _ONE_WAY:
        return [grid.above, grid.below]
    is_greater = FILTERS[grid.setting].looser == "above"
    looser, stricter = (grid.above, grid.below) if is_greater else (grid.below, grid.above)
    if _is_spared(places, grid.params, grid.setting):
        return [looser, stricter]

    def is_spared(index: int) -> bool:
        return _is_spared(places, grid.changed(index), grid.setting)

    return [looser[bisect_left(looser, x=True, key=is_spared) :]]


def _first(indices: Sequence[int], lets_in: Callable[[int], bool]) -> int | None:
    """Return the first index that lets in, or of a long walk one that does after one that not."""
    for index in indices[:_WALK_VALUES]:
        if lets_in(index):
            return index
    rest = indices[_WALK_VALUES:]
    if not rest or not lets_in(rest[-1]):
        return None
    low, high = -1, len(rest) - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if lets_in(rest[middle]) else (middle, high)
    return rest[high]


def _is_spared(places: Sequence[Place], params: DecodingParams, setting: str) -> bool:
    """Tell whether all tokens are still there after the stage of a setting."""
    params = params.resolved()
    for place in places:
        records: list[StageRecord] = []
        try:
            place.decision.scores(params, records)
        except EngineError:
            return False
        record = next((r for r in records if r.name == setting), records[-1])
        if not record.rows[0].alive[place.token_id]:
            return False
    return True
