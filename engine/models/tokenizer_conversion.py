"""Tokenizers that exist only in Python in transformers, as ones with the same ids that are quick.

Threads may share them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from transformers import PreTrainedTokenizerFast
from transformers.models.auto.tokenization_auto import TOKENIZER_MAPPING_NAMES

from engine.models import ctrl_tokenizer, piece_tokenizer

Converter = Callable[[Path], PreTrainedTokenizerFast]

CONVERTERS: Mapping[str, Converter] = MappingProxyType(
    {
        "CTRLTokenizer": ctrl_tokenizer.convert,
        "M2M100Tokenizer": piece_tokenizer.convert_m2m100,
        "MarianTokenizer": piece_tokenizer.convert_marian,
    }
)
"""Name of the class in transformers → what reads such a tokenizer from its folder."""

_READY = "tokenizer.json"
_SETTINGS = "tokenizer_config.json"


def converter_of(folder: Path, config: Mapping[str, Any]) -> Converter | None:
    """Return what reads a checkpoint's tokenizer; None where transformers does.

    Args:
        folder: The checkpoint.
        config: Its `config.json`; its `model_type` counts where the tokenizer names no class.
    """
    if (folder / _READY).is_file():
        return None
    path = folder / _SETTINGS
    stated = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    usual = TOKENIZER_MAPPING_NAMES.get(str(config.get("model_type")))
    return CONVERTERS.get(str(stated.get("tokenizer_class") or usual))
