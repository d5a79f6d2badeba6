"""What a scripted encoder puts into gaps: always the same five words, whatever the text."""

from __future__ import annotations

from dataclasses import replace

from engine import EngineError, ModelInfo
from engine.filling import Filling, FillRequest, Gap, GapCandidate, find_gaps

ENCODER = ModelInfo(
    name="huecos",
    display_name="huecos (de prueba)",
    family="BERT",
    licence="Apache-2.0",
    parameters=6_300_000,
    n_positions=512,
    vocab_size=8000,
    revision="0123abcd",
    weights_bytes=12_600_000,
    is_loaded=True,
    kind="encoder",
)
OTHER_ENCODER = replace(
    ENCODER, name="destilado", display_name="destilado", family="DistilBERT", parameters=3_100_000
)
CHANCES = {
    "leche": (0.41, 0.02),
    "azúcar": (0.12, 0.2),
    "hielo": (0.09, 0.08),
    "miel": (0.05, 0.04),
    "ción": (0.03, 0.001),
    "amigos": (0.02, 0.17),
    ".": (0.001, 0.11),
}
"""Word → raw probability with both sides, and with the right one covered."""


def _ranks(side: int) -> dict[str, int]:
    ordered = sorted(CHANCES, key=lambda word: -CHANCES[word][side])
    return {word: rank for rank, word in enumerate(ordered, start=1)}


def candidate(word: str) -> GapCandidate:
    """Return a word of the script."""
    raw, hidden = CHANCES[word]
    return GapCandidate(
        token_id=100 + list(CHANCES).index(word),
        text=word,
        piece=f"##{word}" if word == "ción" else word,
        joins=word in {"ción", "."},
        is_special=False,
        raw_prob=raw,
        raw_rank=_ranks(0)[word],
        hidden_prob=hidden,
        hidden_rank=_ranks(1)[word],
    )


def _best(side: int, request: FillRequest) -> tuple[GapCandidate, ...]:
    words = sorted(CHANCES, key=lambda word: -CHANCES[word][side])
    kept = [word for word in words if word not in request.bad_words]
    return tuple(map(candidate, kept[: request.top_n]))


def fill(request: FillRequest) -> Filling:
    """Fill every gap alike; the other encoder prefers the second word."""
    marks = find_gaps(request.text)
    if len(request.text) > 600:
        raise EngineError(
            "invalid_params", field="text", value=620, range="", reason="too_long", limit=512
        )
    best = _best(0, request)
    chosen = best[1] if request.model == OTHER_ENCODER.name else best[0]
    turns = {"independent": [0] * len(marks), "left_to_right": list(range(len(marks)))}
    turns["most_certain"] = [*reversed(range(len(marks)))]
    gaps = tuple(
        Gap(
            start=mark.start,
            end=mark.end,
            turn=turn,
            has_right=bool(request.text[mark.end :].strip()),
            candidates=best,
            hidden_candidates=_best(1, request),
            entropy_bits=3.25,
            hidden_entropy_bits=6.5,
            chosen=chosen,
            banned_prob=sum(CHANCES[word][0] for word in request.bad_words if word in CHANCES),
        )
        for mark, turn in zip(marks, turns[request.order], strict=True)
    )
    text = request.text
    for mark in reversed(marks):
        text = text[: mark.start] + chosen.text + text[mark.end :]
    return Filling(
        request_id=request.request_id,
        model=request.model or ENCODER.name,
        revision="0123abcd",
        precision="exact",
        device="cpu",
        order=request.order,
        text=text,
        gaps=gaps,
        tokens=len(request.text.split()) + 2,
        limit_tokens=512,
        token_texts=("[CLS]", *request.text.split(), "[SEP]"),
        has_end_token=True,
        pseudo_logprob=-23.4 if request.with_pseudo_logprob else None,
        compute_s=0.004,
    )
