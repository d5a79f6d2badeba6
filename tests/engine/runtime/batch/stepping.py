"""Driving a batch step by step, without an engine around it."""

from __future__ import annotations

from engine.runtime.batch.batch import Batch
from engine.runtime.batch.run import BatchLimits
from tests.engine.tiny import N_POSITIONS

FAMILIES = (
    "gpt2",
    "llama",
    "gemma3_text",
    "ctrl",
    "mistral",
    "qwen2",
    "gptj",
    "gpt_neox",
    "codegen",
    "gpt_bigcode",
)
LEAN_FAMILIES = ("gpt2", "llama", "gemma3_text")
RUNNERS = [(family, False) for family in FAMILIES] + [(family, True) for family in LEAN_FAMILIES]
"""Families, and whether a lean step runs them."""
FOR_PEOPLE = {"whole_word_start": True, "plain_text": True, "sentence_end_tokens": 9}
SETTINGS = (
    {},
    {"repetition_penalty": 1.3, "no_repeat_ngram_size": 3},
    {"strategy": "sample", "temperature": 1.2, "top_p": 0.9, "attempts": 3},
    {"strategy": "sample", "top_k": 20, "typical_p": 0.9, "attempts": 2},
    {"strategy": "beam", "num_beams": 4, "attempts": 2},
    {"strategy": "sample_and_rank", "top_p": 0.9, "attempts": 3},
    {"strategy": "beam_sample", "num_beams": 3, "temperature": 1.3, "attempts": 2},
    {"strategy": "beam", "num_beams": 3, "length_penalty": -1.0, "early_stopping": True},
    {"strategy": "diverse_beam", "num_beams": 4, "num_beam_groups": 2, "diversity_penalty": 1.0},
    {"strategy": "sample", "temperature": 1.5, "attempts": 3, **FOR_PEOPLE},
    {"strategy": "beam", "num_beams": 3, "attempts": 3, **FOR_PEOPLE},
)


LIMITS = BatchLimits(rows=10, cells=10 * N_POSITIONS, columns=N_POSITIONS, prefill_tokens=7)


def limits(**changes) -> BatchLimits:
    return BatchLimits(**{**vars(LIMITS), **changes})


def assert_rows_are_compact(batch: Batch) -> None:
    owned = [row for run in batch.writing() for row in run.rows]
    assert sorted(owned) == list(range(len(batch._owners)))
    assert all(row in batch._owners[row].rows for row in owned)
    if batch._cache is None:
        return
    for layer in batch._cache.slots:
        assert not layer.keys[len(owned) :].any()
        assert not layer.values[len(owned) :].any()


def tick(batch: Batch) -> None:
    """Do one step with everybody who is in the batch; the finished leave."""
    for run in batch.reading():
        logits = batch.read(run)
        if logits is not None:
            batch.choose(run, logits)
            if run.is_done:
                leave(batch, run)
    if batch.writing():
        for run, logits in batch.decode().items():
            batch.choose(run, logits)
            if run.is_done:
                leave(batch, run)
    assert_rows_are_compact(batch)


def leave(batch: Batch, run) -> None:
    batch.keep(run)
    batch.remove(run)


def together(batch: Batch, wanted) -> list:
    runs = [batch.open_run(item) for item in wanted]
    for run in runs:
        batch.add(run)
    while not all(run.is_done for run in runs):
        tick(batch)
    return [run.completion(0.0) for run in runs]
