"""Fills the gaps of a text, in one of three orders, and says of each what its right side did.

Source: Devlin et al. (2019), «BERT», §3.1 (masked language model); the order by confidence is
Ghazvininejad et al.'s (2019, «Mask-Predict», §3), one gap at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

import torch

from engine.errors import EngineError
from engine.filling.listing import Listing
from engine.filling.masked_text import MaskedText, read_gaps
from engine.filling.pseudo import pseudo_logprob
from engine.filling.reading import Chances, read_places
from engine.filling.splicing import Splicer
from engine.filling.values import Filling, FillRequest, Gap
from engine.models.kinds import refuse
from engine.models.loaded import LoadedModel
from engine.words import WordList

StopReason = Callable[[], str | None]
"""Says why the work must end now, or None."""


def fill(
    loaded: LoadedModel, request: FillRequest, must_stop: StopReason = lambda: None
) -> Filling:
    """Fill the gaps of a text.

    Args:
        loaded: An encoder.
        request: The text, and in which order.
        must_stop: Asked before each reading.

    Raises:
        EngineError: unsupported for a model of another kind; as `read_gaps`; cancelled or deadline
            where it must stop; invalid_logits; out_of_memory.
    """
    if loaded.kind != "encoder":
        refuse(loaded.name, loaded.kind)
    started_at = time.perf_counter()
    with torch.inference_mode():
        work = _Work(loaded, request, must_stop)
        gaps = work.fill()
        scored = work.pseudo_logprob() if request.with_pseudo_logprob else None
    masked = work.masked
    return Filling(
        request_id=request.request_id,
        model=loaded.name,
        revision=loaded.revision,
        precision=loaded.precision,
        device=loaded.device,
        order=request.order,
        text=work.text,
        gaps=gaps,
        tokens=len(masked.ids),
        limit_tokens=loaded.n_positions,
        token_texts=tuple(map(loaded.vocabulary.text_of, masked.ids)),
        control_tokens=masked.control_tokens,
        has_end_token=bool(masked.ending),
        pseudo_logprob=scored,
        compute_s=time.perf_counter() - started_at,
    )


class _Work:
    """One request: the ids, which fill up, and what is written in which gap."""

    def __init__(self, loaded: LoadedModel, request: FillRequest, must_stop: StopReason) -> None:
        self.masked: MaskedText = read_gaps(loaded, request.text)
        self._loaded = loaded
        self._request = request
        self._must_stop = must_stop
        self._splicer = Splicer(loaded, request.text, self.masked.marks)
        self._listing = Listing(loaded, request, self._splicer, WordList(request.bad_words))
        self._ids = list(self.masked.ids)
        self._written: dict[int, int] = {}

    @property
    def text(self) -> str:
        """The text with what is written so far."""
        return self._splicer.fill(self._written)

    def fill(self) -> tuple[Gap, ...]:
        """Fill every gap; return them from left to right."""
        everything = range(len(self.masked.marks))
        if self._request.order == "independent":
            # What one is filled with, no other reads; a list of words reads the whole.
            read = self._read(self._ids, everything)
            return tuple(self._settle(gap, read[gap], turn=0) for gap in everything)
        gaps: dict[int, Gap] = {}
        for turn in everything:
            left = [gap for gap in everything if gap not in gaps]
            gap, chances = self._next(left)
            gaps[gap] = self._settle(gap, chances, turn)
            if gap in self._written:
                self._ids[self.masked.places[gap]] = self._written[gap]
        return tuple(gaps[gap] for gap in everything)

    def pseudo_logprob(self) -> float:
        """Score the filled text."""
        ids = list(self.masked.ids)
        for gap, token in self._written.items():
            ids[self.masked.places[gap]] = token
        mask_id = int(self._loaded.tokenizer.mask_token_id)
        return pseudo_logprob(self._loaded, ids, mask_id, self._go_on)

    def _next(self, left: Sequence[int]) -> tuple[int, Chances]:
        """Choose which of the open gaps is filled now: the first, or the surest."""
        if self._request.order == "left_to_right":
            return left[0], self._read(self._ids, left[:1])[left[0]]
        read = self._read(self._ids, left)
        surest = max(left, key=lambda gap: (float(read[gap].probs.max()), -gap))
        return surest, read[surest]

    def _settle(self, gap: int, chances: Chances, turn: int) -> Gap:
        """Record a gap, and write the best token that may be written into it."""
        hidden = chances
        has_right = self.masked.has_right(gap)
        if has_right:
            place = self.masked.places[gap]
            self._go_on()
            ids = self.masked.without_right(self._ids, gap)
            (hidden,) = read_places(self._loaded, ids, [place])
        listed = self._listing.of(gap, chances, hidden, self._written)
        if listed.chosen is not None:
            self._written[gap] = listed.chosen.token_id
        mark = self.masked.marks[gap]
        return Gap(
            start=mark.start,
            end=mark.end,
            turn=turn,
            has_right=has_right,
            candidates=listed.candidates,
            hidden_candidates=listed.hidden_candidates,
            entropy_bits=chances.entropy_bits,
            hidden_entropy_bits=hidden.entropy_bits,
            chosen=listed.chosen,
            banned_prob=listed.banned_prob,
            asked=listed.asked,
        )

    def _read(self, ids: Sequence[int], gaps: Iterable[int]) -> dict[int, Chances]:
        numbers = list(gaps)
        self._go_on()
        found = read_places(self._loaded, ids, [self.masked.places[gap] for gap in numbers])
        return dict(zip(numbers, found, strict=True))

    def _go_on(self) -> None:
        reason = self._must_stop()
        if reason is not None:
            raise EngineError("deadline" if reason == "deadline" else "cancelled")
