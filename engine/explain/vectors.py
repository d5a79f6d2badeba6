"""A token as the model sees it: its id, its row of the embedding table, its vector in every layer.

Source: Bengio et al. (2003), «A neural probabilistic language model»: a table of vectors, a row
for each token.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from engine.explain.eager import read_states, require_index, token_texts
from engine.explain.inside_values import (
    MAX_COMPONENTS,
    Neighbour,
    TokenVectors,
    TokenVectorsRequest,
    Vector,
)
from engine.models.loaded import LoadedModel
from engine.ordering import best_first


def read_vectors(loaded: LoadedModel, request: TokenVectorsRequest) -> TokenVectors:
    """Return the vectors of one token of a text, and the tokens whose rows are nearest to its own.

    Args:
        loaded: Model and tokenizer.
        request: Text, position and number of neighbours.

    Raises:
        EngineError: invalid_params for a text or a position that does not fit; unsupported for a
            model that cannot be looked into; out_of_memory.
    """
    ids = request.context_ids
    with torch.inference_mode():
        _, states = read_states(loaded, ids, request.source_ids)
        require_index("position", request.position, len(ids))
        position = len(ids) - 1 if request.position is None else request.position
        token = ids[position]
        table: Any = loaded.model.get_input_embeddings()
        embedding: Tensor = table(torch.tensor([token], device=loaded.device))[0]
        return TokenVectors(
            token_ids=ids,
            tokens=token_texts(loaded, ids),
            position=position,
            embedding=_vector(embedding),
            states=tuple(_vector(state[0, position]) for state in states),
            neighbours=_neighbours(loaded, table.weight, token, request.neighbours),
        )


def _vector(numbers: Tensor) -> Vector:
    exact = numbers.double()
    return Vector(
        size=len(exact),
        norm=float(torch.linalg.vector_norm(exact)),
        components=tuple(exact[:MAX_COMPONENTS].tolist()),
    )


def _neighbours(loaded: LoadedModel, rows: Tensor, token: int, count: int) -> tuple[Neighbour, ...]:
    """Compare a token with the whole table, shape (vocab, size), without copying it."""
    count = min(count, loaded.vocab_size - 1)
    if count < 1:
        return ()
    lengths = torch.linalg.vector_norm(rows, dim=1, dtype=torch.float32)
    lengths = lengths.clamp_min(torch.finfo(torch.float32).tiny)
    cosines = (rows @ rows[token]).float() / lengths / lengths[token]
    cosines = cosines[: loaded.vocab_size].clamp(-1.0, 1.0)
    cosines[token] = -torch.inf
    return tuple(
        Neighbour(
            token_id=other, text=loaded.vocabulary.text_of(other), cosine=float(cosines[other])
        )
        for other in best_first(cosines, count)[:count].tolist()
    )
