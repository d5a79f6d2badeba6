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


def look_inside_pair(
    loaded: LoadedModel, source_ids: Sequence[int], target_ids: Sequence[int], **outputs: bool
) -> Any:
    """Read a source and a target with an encoder-decoder, as `look_inside` reads a text.

    Args:
        loaded: Model.
        source_ids: At most `MAX_INSIDE_TOKENS` tokens.
        target_ids: The same, with what a target begins with.
        **outputs: `output_attentions` or `output_hidden_states`.

    Raises:
        EngineError: As `look_inside`; unsupported (`reason` prompt_not_kept) without a source.
    """
    if not source_ids:
        raise EngineError("unsupported", reason="prompt_not_kept")
    require_known(loaded, "target_ids", target_ids)
    require_room(min(MAX_INSIDE_TOKENS, loaded.n_positions), len(target_ids))
    model = _eager_twin(loaded, source_ids)
    source, target = _row(loaded, source_ids), _row(loaded, target_ids)
    return model(input_ids=source, decoder_input_ids=target, return_dict=True, **outputs)


def read_states(
    loaded: LoadedModel, ids: Sequence[int], source_ids: Sequence[int]
) -> tuple[Any, tuple[torch.Tensor, ...]]:
    """Read a text, or a target behind its source.

    Args:
        loaded: Model.
        ids: The text, or the target.
        source_ids: What an encoder-decoder turns into it.

    Returns:
        The model's output, and the states of the text's tokens on entering the first layer and
        behind every layer, each of shape (1, tokens, width).

    Raises:
        EngineError: As `look_inside` and `look_inside_pair`.
    """
    if loaded.kind != "encoder_decoder":
        output = look_inside(loaded, ids, output_hidden_states=True)
        return output, output.hidden_states
    output = look_inside_pair(loaded, source_ids, ids, output_hidden_states=True)
    return output, output.decoder_hidden_states


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
    """Return the text of every token of a text that is written."""
    return tuple(map(loaded.vocabulary.text_of, ids))


def source_texts(loaded: LoadedModel, ids: Sequence[int]) -> tuple[str, ...]:
    """Return the text of every token of what an encoder reads."""
    return tuple(map(loaded.source_vocabulary.text_of, ids))


def require_index(field: str, value: int | None, count: int) -> None:
    """Refuse an index of something that is not there; None asks for no single one.

    Raises:
        EngineError: invalid_params.
    """
    if value is not None:
        require_integer(field, value, 0, count - 1)
