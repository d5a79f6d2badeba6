"""What every layer would say next, if it were the last.

Source: nostalgebraist (2020), «interpreting GPT: the logit lens»: the hidden state after a layer
goes through the final norm and the output head.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from engine.decoding.prompt import require_known
from engine.errors import EngineError
from engine.explain.eager import read_states, token_texts
from engine.explain.inside_values import LensCandidate, LensRow, LogitLens, LogitLensRequest
from engine.models.loaded import LoadedModel
from engine.ordering import best_first

# Where the families keep the norm before the head.
_FINAL_NORMS = ("ln_f", "norm", "final_layer_norm", "final_layernorm", "layer_norm", "layernorm")
_WITHOUT_FINAL_NORM = frozenset({"openai-gpt", "marian"})
_SCALED = frozenset({"t5", "mt5", "umt5"})


def read_layers(loaded: LoadedModel, request: LogitLensRequest) -> LogitLens:
    """Return the next-token distribution after the embedding and after every layer.

    Args:
        loaded: Model and tokenizer.
        request: Text, target and number of candidates.

    Raises:
        EngineError: invalid_params for what does not fit; unsupported for a model whose last layer
            cannot be told from its head; out_of_memory.
    """
    ids = request.context_ids
    with torch.inference_mode():
        output, states = read_states(loaded, ids, request.source_ids)
        final = output.logits[0, -1].double()
        target = int(final.argmax()) if request.target is None else request.target
        require_known(loaded, "target", [target])
        logits = _logits(loaded.model, [state[0, -1] for state in states])
        if not torch.allclose(logits[-1], final, atol=1e-3):
            raise EngineError("unsupported", reason="logit_lens")
        rows = tuple(
            _row(loaded, layer, torch.softmax(row, -1), target, request.trace_top_n)
            for layer, row in enumerate(logits)
        )
    return LogitLens(tokens=token_texts(loaded, ids), target=target, rows=rows)


def _logits(model: Any, states: list[Tensor]) -> Tensor:
    """Return logits of hidden states, float64, shape (layers + 1, vocab).

    The last state comes out of the model with its final norm.
    """
    norm = _final_norm(model)
    hidden = torch.cat([norm(torch.stack(states[:-1])), states[-1][None]]) * _scale(model)
    logits: Tensor = model.get_output_embeddings()(hidden).double()
    bias = getattr(model, "final_logits_bias", None)
    if bias is not None:
        logits += bias.double()
    cap = getattr(model.config.get_text_config(), "final_logit_softcapping", None)
    return logits if cap is None else torch.tanh(logits / cap) * cap


def _scale(model: Any) -> float:
    """Return what T5 multiplies its last state by where its head is the table of its vectors."""
    config = model.config
    is_scaled = config.model_type in _SCALED and getattr(config, "scale_decoder_outputs", False)
    return float(config.d_model**-0.5) if is_scaled else 1.0


def _final_norm(model: Any) -> Any:
    if model.config.model_type in _WITHOUT_FINAL_NORM:
        return torch.nn.Identity()
    body = model.base_model
    body = getattr(body, "decoder", body)
    norms = (getattr(body, name, None) for name in _FINAL_NORMS)
    norm = next((norm for norm in norms if norm is not None), None)
    if norm is None:
        raise EngineError("unsupported", reason="logit_lens")
    return norm


def _row(loaded: LoadedModel, layer: int, probs: Tensor, target: int, top_n: int) -> LensRow:
    best: list[int] = best_first(probs, min(top_n, len(probs)))[:top_n].tolist()
    ranks = {token: rank for rank, token in enumerate(best, 1)}
    if target not in ranks:
        ties = int((probs[:target] == probs[target]).sum())
        ranks[target] = int((probs > probs[target]).sum()) + ties + 1
    return LensRow(
        layer=layer,
        entropy_bits=float(torch.special.entr(probs).sum()) / math.log(2),
        candidates=tuple(
            LensCandidate(
                token_id=token,
                text=loaded.vocabulary.text_of(token),
                prob=float(probs[token]),
                rank=rank,
            )
            for token, rank in ranks.items()
        ),
    )
