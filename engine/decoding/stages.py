"""The ordered filters that reshape or cut the scores of a step.

The order and the arithmetic are transformers' own. To add a filter, add its field, range and facts
to `engine.decoding_params` and its entry to `_FILTERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import (
    EpsilonLogitsWarper,
    EtaLogitsWarper,
    MinNewTokensLengthLogitsProcessor,
    MinPLogitsWarper,
    NoRepeatNGramLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopHLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    TypicalLogitsWarper,
)

from engine.decoding.choices import require_left
from engine.decoding.distribution import Distribution
from engine.decoding.filter import Filter, Floats, Ids, Process
from engine.decoding_params import FILTERS, DecodingParams
from engine.ordering import best_first
from engine.trace import StageKind

_NUCLEUS_FLOORS = (2.0**-10, 2.0**-13, 2.0**-16)
"""Probabilities down to which the head of a vocabulary is looked at: so many tokens at most."""
# A cumulative probability this close to top_p could fall on the other side in another order of
# summation; then transformers' own sort decides.
_NUCLEUS_MARGIN = 1e-6


@dataclass(frozen=True)
class StageRecord:
    """What a stage did to a batch of distributions.

    Attributes:
        rows: The distributions behind it.
        mass_kept: Share kept of each entering distribution; the rest was removed.
    """

    name: str
    kind: StageKind
    rows: tuple[Distribution, ...]
    mass_kept: tuple[float, ...]


class TopP(TopPLogitsWarper):
    """Nucleus filter of transformers that sorts only the head of the vocabulary where it can.

    Source: Holtzman et al. (2020), §3.1.
    """

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Send everything outside the nucleus to −inf."""
        probs = torch.softmax(scores, -1).cpu().numpy()
        filtered = torch.full_like(scores, self.filter_value)
        for row, values in enumerate(probs):
            nucleus = self._nucleus(values)
            if nucleus is None:
                one = slice(row, row + 1)
                filtered[one] = super().__call__(input_ids, scores[one])
            else:
                filtered[row, nucleus] = scores[row, nucleus]
        return filtered

    def _nucleus(self, probs: NDArray[np.float32]) -> Tensor | None:
        """Return the ids that are kept; None where the head of the vocabulary does not tell."""
        # The quick softmax is off by its own rounding, by up to 3e-5.
        total = float(probs.sum())
        for floor in _NUCLEUS_FLOORS:
            index = np.flatnonzero(probs >= floor)
            ordered = torch.sort(
                torch.from_numpy(probs[index].astype(np.float64) / total), descending=True
            )
            head = ordered.values.numpy()
            above = head.cumsum() - head
            kept = int(np.count_nonzero(above <= self.top_p))
            if max(kept, self.min_tokens_to_keep) >= len(head):
                continue
            # The next of those that stay outside may be as near as the last of those inside.
            edge = above[max(kept - 1, 0) : kept + 1]
            if np.abs(edge - self.top_p).min() <= _NUCLEUS_MARGIN:
                return None
            best = ordered.indices[: max(kept, self.min_tokens_to_keep)]
            return torch.from_numpy(index)[best]
        return None


class RepetitionPenalty(RepetitionPenaltyLogitsProcessor):
    """The penalty of transformers, which can also be taken off one row where it is.

    Source: Keskar et al. (2019), §4.1.
    """

    def edit(self, ids: Ids, scores: Floats) -> bool:
        """Lower the scores of what has been written; as `Edit`."""
        written = scores[ids]
        scores[ids] = np.where(written < 0, written * self.penalty, written / self.penalty)
        return True


class _Site(NamedTuple):
    """Where a filter works.

    Attributes:
        min_kept: Tokens that a cut leaves at least.
        context_tokens: Tokens before the first new one.
    """

    device: torch.device
    min_kept: int
    eos_ids: tuple[int, ...]
    context_tokens: int


class ExactTopK:
    """Keeps k tokens, of equals those with the smallest ids: the candidates of a search."""

    def __init__(self, k: int) -> None:
        self._k = k

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:  # noqa: ARG002
        """Send everything but the k best to −inf."""
        kept = torch.full_like(scores, -torch.inf)
        for row, values in enumerate(scores):
            best = best_first(values, min(self._k, len(values)))[: self._k]
            kept[row, best] = values[best]
        return kept


@dataclass(frozen=True)
class _FilterSpec:
    kind: StageKind
    make: Callable[[Any, _Site], Process]
    is_momentary: bool = False


def _make_min_new_tokens(value: int, site: _Site) -> Process:
    return MinNewTokensLengthLogitsProcessor(
        site.context_tokens, value, list(site.eos_ids), device=str(site.device)
    )


def _made(process: Process, _site: _Site) -> Process:
    """Take a filter that needs the model's vocabulary as it is."""
    return process


# In the order of GenerationMixin._get_logits_processor (a test compares them); the word list takes
# the place of bad_words_ids, and what is not transformers' that of a caller's own processors.
_FILTERS: dict[str, _FilterSpec] = {
    "repetition_penalty": _FilterSpec("reshape", lambda v, _: RepetitionPenalty(float(v))),
    "no_repeat_ngram_size": _FilterSpec("cut", lambda v, _: NoRepeatNGramLogitsProcessor(v)),
    "bad_words": _FilterSpec("cut", _made),
    "bad_words_ids": _FilterSpec("cut", _made),
    "min_new_tokens": _FilterSpec("cut", _make_min_new_tokens),
    "forced": _FilterSpec("cut", _made, is_momentary=True),
    "same_letters": _FilterSpec("cut", _made),
    "whole_word_start": _FilterSpec("cut", _made, is_momentary=True),
    "plain_text": _FilterSpec("cut", _made),
    "sentence_end_tokens": _FilterSpec("reshape", _made, is_momentary=True),
    "temperature": _FilterSpec("reshape", lambda v, _: TemperatureLogitsWarper(float(v))),
    "top_h": _FilterSpec("cut", lambda v, _: TopHLogitsWarper(float(v))),
    "top_k": _FilterSpec(
        "cut", lambda v, site: TopKLogitsWarper(v, min_tokens_to_keep=site.min_kept)
    ),
    "top_p": _FilterSpec("cut", lambda v, site: TopP(float(v), min_tokens_to_keep=site.min_kept)),
    "min_p": _FilterSpec(
        "cut", lambda v, site: MinPLogitsWarper(float(v), min_tokens_to_keep=site.min_kept)
    ),
    "typical_p": _FilterSpec(
        "cut", lambda v, site: TypicalLogitsWarper(float(v), min_tokens_to_keep=site.min_kept)
    ),
    "epsilon_cutoff": _FilterSpec(
        "cut", lambda v, site: EpsilonLogitsWarper(float(v), min_tokens_to_keep=site.min_kept)
    ),
    "eta_cutoff": _FilterSpec(
        "cut",
        lambda v, site: EtaLogitsWarper(
            float(v), min_tokens_to_keep=site.min_kept, device=str(site.device)
        ),
    ),
}


def build_filters(
    params: DecodingParams,
    own: Mapping[str, Process],
    device: torch.device,
    eos_ids: frozenset[int] = frozenset(),
    context_tokens: int = 0,
) -> tuple[Filter, ...]:
    """Return the filters that the settings switch on, in their order.

    Args:
        params: Resolved settings; the warpers, temperature and below, work only in sampling.
        own: The filters that need the model's vocabulary, those that are on, by their names.
        device: Where the scores live.
        eos_ids: Tokens that end a text. So that a beam can go on, what is cut for it leaves one
            token more than there are of them, and two at least, as in transformers.
        context_tokens: Tokens before the first new one.
    """
    defaults = DecodingParams()
    site = _Site(
        device=device,
        min_kept=max(2, 1 + len(eos_ids)) if params.is_beam else 1,
        eos_ids=tuple(sorted(eos_ids)),
        context_tokens=context_tokens,
    )
    filters = []
    for name, spec in _FILTERS.items():
        is_own = spec.make is _made
        value = own.get(name) if is_own else getattr(params, name)
        is_off = value is None if is_own else value == getattr(defaults, name)
        is_off |= name == "min_new_tokens" and not eos_ids
        if name == "top_k" and params.strategy == "contrastive":
            filters.append(Filter(name, "cut", is_warper=True, process=ExactTopK(params.top_k)))
        is_warper = name in FILTERS and FILTERS[name].is_warper
        if is_off or (is_warper and not params.is_sampled):
            continue
        process = spec.make(value, site)
        filters.append(Filter(name, spec.kind, is_warper, process, spec.is_momentary))
    return tuple(filters)


def apply_filters(
    filters: Sequence[Filter],
    ids: Tensor,
    scores: Tensor,
    records: list[StageRecord] | None = None,
) -> Tensor:
    """Pass the scores through the filters.

    Args:
        filters: What `build_filters` returned.
        ids: Tokens before this step, int64, shape (rows, length).
        scores: Logits, or log-probabilities in beam search, float32, shape (rows, vocab).
        records: Where each stage is noted, "vocabulary" first, or behind earlier stages; None notes
            nothing.

    Returns:
        Processed scores, float32, shape (rows, vocab).

    Raises:
        EngineError: invalid_logits, as `require_left`, when a warper finds a row with nothing above
            −inf.
    """
    if records is not None and not records:
        records.append(whole_vocabulary(tuple(map(Distribution, scores))))
    entering, is_checked = scores, False
    for place, stage in enumerate(filters):
        if stage.is_warper and not is_checked:
            require_left(scores, filters[:place], ids, entering)
            is_checked = True
        processed = stage.process(ids, scores)
        is_idle = stage.is_momentary and processed is scores
        if records is not None and not is_idle:
            records.append(compare(stage, records[-1], tuple(map(Distribution, processed))))
        scores = processed
    return scores


def whole_vocabulary(rows: tuple[Distribution, ...]) -> StageRecord:
    """Return the record of what enters the first filter."""
    is_whole = all(row.count == len(row.alive) for row in rows)
    return StageRecord("vocabulary", "reshape" if is_whole else "cut", rows, (1.0,) * len(rows))


def compare(stage: Filter, before: StageRecord, rows: tuple[Distribution, ...]) -> StageRecord:
    """Return the record of a stage.

    Args:
        stage: The filter.
        before: The record of the stage before it.
        rows: The distributions behind it.
    """
    kept = tuple(old.mass_of(new) for old, new in zip(before.rows, rows, strict=True))
    return StageRecord(stage.name, stage.kind, rows, kept)
