"""A model that can be looked into, beside the one that serves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from engine.decoding.prompt import require_known
from engine.errors import EngineError
from engine.explain.decision import require_room
from engine.explain.inside_values import MAX_INSIDE_TOKENS
from engine.models.loaded import LoadedModel
from engine.models.twin import twin
from engine.validation import require_integer


def look_inside(loaded: LoadedModel, ids: Sequence[int], **outputs: bool) -> Any:
    """Read a text with a twin of the model that uses eager attention.

    Fused attention returns no weights. Switching the shared model over would change the masks of
    the requests that run beside this one, so its modules are copied, and not its tensors.

    Args:
        loaded: Model.
        ids: At most `MAX_INSIDE_TOKENS` tokens.
        **outputs: `output_attentions` or `output_hidden_states`.

    Returns:
        The model's output.

    Raises:
        EngineError: invalid_params for ids that do not fit; unsupported for a model that cannot
            be looked into, or that writes a text beside the one it reads.
    """
    if loaded.kind == "encoder_decoder":
        raise EngineError("unsupported", reason="attention")
    return _eager_twin(loaded, ids)(input_ids=_row(loaded, ids), return_dict=True, **outputs)


def look_inside_encoder(loaded: LoadedModel, ids: Sequence[int], **outputs: bool) -> Any:
    """Read a source with the encoder of an encoder-decoder, as `look_inside` reads a text."""
    encoder = _eager_twin(loaded, ids).get_encoder()
    return encoder(input_ids=_row(loaded, ids), return_dict=True, **outputs)


def _eager_twin(loaded: LoadedModel, ids: Sequence[int]) -> Any:
    require_known(loaded, "context_ids", ids)
    require_room(min(MAX_INSIDE_TOKENS, loaded.n_positions), len(ids))
    model = twin(loaded.model)
    try:
        model.set_attn_implementation("eager")
    except ValueError as error:
        raise EngineError("unsupported", reason="attention") from error
    return model


def _row(loaded: LoadedModel, ids: Sequence[int]) -> torch.Tensor:
    return torch.tensor([list(ids)], dtype=torch.long, device=loaded.device)


def token_texts(loaded: LoadedModel, ids: Sequence[int]) -> tuple[str, ...]:
    """Return the text of every token."""
    return tuple(map(loaded.vocabulary.text_of, ids))


def require_index(field: str, value: int | None, count: int) -> None:
    """Refuse an index of something that is not there; None asks for no single one.

    Raises:
        EngineError: invalid_params.
    """
    if value is not None:
        require_integer(field, value, 0, count - 1)
