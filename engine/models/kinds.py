"""What a checkpoint can do: go on with a text, fill its gaps, or turn it into another."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NoReturn

from engine.errors import EngineError, ModelUnavailable
from engine.status import Kind

CALLS: Mapping[Kind, str] = MappingProxyType(
    {
        "decoder": "generate",
        "remote": "generate",
        "encoder": "fill",
        "encoder_decoder": "transform",
    }
)
"""What each kind is asked for."""
WRONG_KIND: Final = "kind"
"""Reason of unsupported, where a model of another kind is what is needed."""


def kind_of(model: str, config: Mapping[str, Any]) -> Kind:
    """Tell a checkpoint's kind by its configuration; only native language models are accepted.

    Args:
        model: Name for errors.
        config: The parsed `config.json`.

    Raises:
        ModelUnavailable: unsupported_architecture (unknown, remote code, or quantised weights) or
            no_language_model (a classifier, a bare encoder).
    """
    from transformers.models.auto.auto_mappings import CONFIG_MAPPING_NAMES
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
        MODEL_FOR_MASKED_LM_MAPPING_NAMES,
        MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
        MODEL_MAPPING_NAMES,
    )

    model_type = str(config.get("model_type"))
    architectures = frozenset(config.get("architectures") or ())
    facts = {"model_type": model_type, "architectures": tuple(config.get("architectures") or ())}
    if model_type not in CONFIG_MAPPING_NAMES or "quantization_config" in config:
        raise ModelUnavailable(model, "unsupported_architecture", **facts)
    causal = _names(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.get(model_type))
    masked = _names(MODEL_FOR_MASKED_LM_MAPPING_NAMES.get(model_type))
    sequence_to_sequence = _names(MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES.get(model_type))
    if config.get("is_encoder_decoder", bool(sequence_to_sequence)):
        if sequence_to_sequence and (not architectures or architectures & sequence_to_sequence):
            return "encoder_decoder"
    # A bare `GPT2Model` has all the weights of the language model; a bare `BertModel` has not.
    elif masked:
        if architectures & causal:
            return "decoder"
        if architectures & masked:
            return "encoder"
    elif causal:
        bare = _names(MODEL_MAPPING_NAMES.get(model_type))
        if not architectures or architectures & (causal | bare):
            return "decoder"
    raise ModelUnavailable(model, "no_language_model", **facts)


def stated_kind(folder: Path) -> Kind | None:
    """Read in a folder what its model seems to be, before the library judges it; None if unread."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        architectures = config.get("architectures") or ()
        if config.get("is_encoder_decoder"):
            return "encoder_decoder"
        is_masked = any(str(name).endswith("ForMaskedLM") for name in architectures)
    except (OSError, ValueError, AttributeError, TypeError):
        return None
    return "encoder" if is_masked else "decoder"


def refuse(model: str, kind: Kind) -> NoReturn:
    """Say that a model of this kind cannot be asked for that, and what it can be asked for.

    Raises:
        EngineError: unsupported, with `kind` and `instead`.
    """
    raise EngineError("unsupported", reason=WRONG_KIND, model=model, kind=kind, instead=CALLS[kind])


def _names(names: str | Iterable[str] | None) -> frozenset[str]:
    return frozenset((names,) if isinstance(names, str) else names or ())
