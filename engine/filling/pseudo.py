"""The pseudo-log-likelihood of a text: how well an encoder guesses each token from all others.

Source: Salazar et al. (2020), «Masked Language Model Scoring», §2, equation 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.filling.reading import read_rows
from engine.models.loaded import LoadedModel

_MOST_LOGITS = 2**25
"""Read at once: 128 MiB."""


def pseudo_logprob(
    loaded: LoadedModel,
    ids: Sequence[int],
    mask_id: int,
    before_reading: Callable[[], None],
) -> float:
    """Sum the log-probabilities of a text's tokens, each hidden while the others are read.

    Args:
        loaded: Model.
        ids: The text; its special tokens are read and not counted.
        mask_id: What hides a token.
        before_reading: Called before each reading; it may raise.

    Returns:
        Nats; 0 for a text without tokens of its own.

    Raises:
        EngineError: out_of_memory.
    """
    counted = [i for i, token in enumerate(ids) if not loaded.vocabulary.is_special(token)]
    at_once = max(1, _MOST_LOGITS // (len(ids) * loaded.vocab_size))
    total = 0.0
    for start in range(0, len(counted), at_once):
        places = counted[start : start + at_once]
        rows = [[*ids[:place], mask_id, *ids[place + 1 :]] for place in places]
        before_reading()
        logits = read_rows(loaded, rows)
        for row, place in enumerate(places):
            total += float(logits[row, place].double().log_softmax(-1)[ids[place]])
    return total
