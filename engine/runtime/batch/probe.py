"""Does a model give the same logits in a batch as alone? Tried, not looked up."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

import torch
from torch import Tensor

from engine.models.loaded import LoadedModel
from engine.runtime.batch.forward import Prefill, RowForward
from engine.runtime.batch.lean import lean_step
from engine.runtime.batch.pairs import PairForward, forward_of

logger = logging.getLogger(__name__)

SHORT_TOKENS = 5
LONG_TOKENS = 24
STEPS = 4
LONGEST_PROBE = 1100
"""A window of more tokens is too expensive to cross; rows then have to stay inside it."""

TOLERANCE = 1e-4
"""Greatest difference in float32, as a share of the range of the logits.

Rounding in another order stays below 1e-5 on every family tried; a mask or a position that is
wrong moves even untrained models by more than 1e-2.
"""

ROUNDED_TOLERANCE = 2.5e-2
"""The same where products are rounded more coarsely than float32: up to 1.1e-2 on real text, and
4.6e-2 or more for a wrong mask."""

TEXT = (
    "En un lugar de la Mancha, de cuyo nombre no quiero acordarme, no ha mucho tiempo que vivía "
    "un hidalgo de los de lanza en astillero, adarga antigua, rocín flaco y galgo corredor. "
)
"""A trained model magnifies rounding on tokens that make no text."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What the probe found.

    Attributes:
        columns: Longest row that is proven; 0 when the model must run plain.
        column_bytes: Cache of one token of one row.
        is_lean: Whether a lean step runs its rows, and was tried.
        failure: Why it must run plain.
    """

    columns: int = 0
    column_bytes: int = 0
    is_lean: bool = False
    failure: str | None = None


def prove(loaded: LoadedModel) -> Proof:
    """Run two ragged texts alone and together and compare; the log says what came out.

    The long one leaves every window that the configuration names, as far as that is affordable:
    models whose layers cut the past by themselves give themselves away only there. Where a lean
    step differs, the model's own code gets its chance.
    """
    proof = None
    if lean_step(loaded.model) is not None:
        proof = _try(loaded, is_lean=True)
        if proof.failure is not None:
            logger.info(
                "%s runs by its own code, not the lean step: %s", loaded.name, proof.failure
            )
    if proof is None or proof.failure is not None:
        proof = _try(loaded, is_lean=False)
    if proof.failure is None:
        how = " by a lean step" if proof.is_lean else ""
        logger.info("%s runs in batches%s, up to %d tokens a row", loaded.name, how, proof.columns)
    else:
        logger.info("%s runs one request at a time: %s", loaded.name, proof.failure)
    return proof


def _try(loaded: LoadedModel, *, is_lean: bool) -> Proof:
    try:
        return _prove(loaded, is_lean=is_lean)
    # Whatever a model does with masks, positions and a cache that it was not written for.
    except (RuntimeError, TypeError, ValueError, LookupError, AttributeError) as error:
        return Proof(failure=f"{type(error).__name__}: {error}")


@torch.inference_mode()
def _prove(loaded: LoadedModel, *, is_lean: bool) -> Proof:
    if not loaded.has_cache:
        raise ValueError("no cache")
    window = _widest_window(loaded)
    crossing = window + SHORT_TOKENS
    longest = max(LONG_TOKENS, crossing if crossing <= LONGEST_PROBE else 0)
    longest = min(longest, loaded.n_positions - 3 * STEPS)
    if longest <= SHORT_TOKENS:
        raise ValueError(f"{loaded.n_positions} positions are too few for a probe")
    plain = forward_of(loaded)
    forward = forward_of(loaded, is_lean=True) if is_lean else plain
    ids = loaded.tokenizer(TEXT, add_special_tokens=False)["input_ids"]
    tokens = cycle(token for token in ids if token < loaded.vocab_size)
    texts = [list(islice(tokens, n + 3 * STEPS)) for n in (SHORT_TOKENS, longest)]
    trial = _Trial(forward, plain, texts, (SHORT_TOKENS, longest))
    difference = trial.run()
    # Also refuses what is no number.
    if not difference <= _tolerance(loaded.precision):
        return Proof(failure=f"logits differ by {difference:.1e} of their range")
    is_crossed = window == 0 or longest >= crossing or window >= loaded.n_positions
    columns = min(loaded.n_positions if is_crossed else window, _same_angles(loaded))
    return Proof(columns=columns, column_bytes=trial.cache.column_bytes, is_lean=is_lean)


class _Trial:
    """Two texts, alone and in one cache: the second joins late, the first leaves early.

    Args:
        forward: What runs and reads the rows.
        plain: What runs and reads a text alone.
        texts: Their tokens.
        lengths: How many of them are read at once.
    """

    def __init__(
        self,
        forward: RowForward,
        plain: RowForward,
        texts: list[list[int]],
        lengths: tuple[int, int],
    ) -> None:
        self._forward = forward
        self._plain = plain
        self._texts = texts
        self._lengths = list(lengths)
        contexts = [text[:n] for text, n in zip(texts, lengths, strict=True)]
        alone = [_read(plain, ids, len(ids)) for ids in contexts]
        self._alone = [prefill for prefill, _ in alone]
        # In pieces where it is another code that reads them.
        read = (
            alone if forward is plain else [_read(forward, ids, len(ids) // 2) for ids in contexts]
        )
        self._read = [prefill for prefill, _ in read]
        self._worst = max(
            _difference(ours, theirs) for (_, ours), (_, theirs) in zip(read, alone, strict=True)
        )
        self.cache: Any = forward.slots(self._read[0].cache)
        self.cache.reserve(2, len(texts[1]), 0, 0)

    def run(self) -> float:
        """Return the greatest difference that any step showed."""
        self.cache.adopt(0, self._read[0].cache, self._lengths[0])
        worst = max(self._worst, self._steps([0]))
        self.cache.adopt(1, self._read[1].cache, self._lengths[1])
        worst = max(worst, self._steps([0, 1]))
        self.cache.clear(0, self._lengths[0])
        self.cache.copy([1], [0], self._lengths[1])
        return max(worst, self._steps([1]))

    def _steps(self, present: list[int]) -> float:
        worst = 0.0
        for _ in range(STEPS):
            positions = [self._lengths[i] for i in present]
            tokens = [self._texts[i][self._lengths[i]] for i in present]
            together = self._forward.decode(tokens, positions, self.cache)
            for row, i in enumerate(present):
                alone = self._plain.read(tokens[row : row + 1], self._alone[i].cache)
                worst = max(worst, _difference(together[row], alone[0]))
                self._lengths[i] += 1
        return worst


def _read(forward: RowForward, ids: list[int], piece: int) -> tuple[Prefill, Tensor]:
    """Read a text in pieces; return it, and the logits after its last token."""
    if isinstance(forward, PairForward):
        # The text is its own source: short beside long, as the targets.
        prefill: Prefill = forward.prefill_pair(ids, ids)
    else:
        prefill = forward.prefill(ids)
    logits = prefill.read(piece)
    while prefill.left:
        logits = prefill.read(piece)
    return prefill, logits


def _difference(logits: Tensor, expected: Tensor) -> float:
    """Return the greatest difference as a share of the range; infinite where it is no number."""
    spread = float(expected.max() - expected.min())
    difference = float((logits - expected).abs().max()) / spread if spread else float("inf")
    return difference if difference >= 0.0 else float("inf")


def _widest_window(loaded: LoadedModel) -> int:
    """Return the largest number of tokens that the configuration calls a window or a chunk."""
    config = loaded.model.config.get_text_config(decoder=True).to_dict()
    sizes = [
        value
        for key, value in config.items()
        if ("window" in key or "chunk" in key) and type(value) is int
    ]
    return max((size for size in sizes if size > 0), default=0)


def _same_angles(loaded: LoadedModel) -> int:
    """Return up to how many tokens of any row the others keep their angles.

    LongRoPE takes other ones in a step, for all its rows, as soon as one is longer than the texts
    that the model was first trained on; so those run by themselves.

    Source: Ding et al. (2024), §3.3, as transformers computes it.
    """
    config = loaded.model.config.get_text_config(decoder=True)
    ropes = getattr(config, "rope_parameters", None) or {}
    limits = [
        rope["original_max_position_embeddings"]
        for rope in (ropes, *ropes.values())
        if isinstance(rope, dict) and rope.get("rope_type") == "longrope"
    ]
    return min(limits, default=loaded.n_positions)


def _tolerance(precision: str) -> float:
    return TOLERANCE if precision == "exact" else ROUNDED_TOLERANCE
