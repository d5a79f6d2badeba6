"""What is known of each model family, by transformers' `model_type`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from engine.status import Writes


@dataclass(frozen=True, kw_only=True)
class Family:
    """A family of models.

    Attributes:
        name: Name for people.
        n_positions: Context in tokens where the configuration states none.
        writes: What its models are trained on, unless the catalogue says otherwise.
    """

    name: str
    n_positions: int | None = None
    writes: Writes = "text"


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "albert": Family(name="ALBERT"),
        "bert": Family(name="BERT"),
        "bart": Family(name="BART"),
        "bloom": Family(name="BLOOM", n_positions=2048),
        "camembert": Family(name="CamemBERT"),
        "codegen": Family(name="CodeGen", writes="code"),
        "ctrl": Family(name="CTRL"),
        "distilbert": Family(name="DistilBERT"),
        "electra": Family(name="ELECTRA"),
        "gemma": Family(name="Gemma"),
        "gemma2": Family(name="Gemma 2"),
        "gemma3_text": Family(name="Gemma 3"),
        "gpt2": Family(name="GPT-2"),
        "gpt_bigcode": Family(name="GPT-BigCode", writes="code"),
        "gpt_neo": Family(name="GPT-Neo"),
        "gpt_neox": Family(name="GPT-NeoX"),
        "gptj": Family(name="GPT-J"),
        "llama": Family(name="Llama"),
        "m2m_100": Family(name="M2M100"),
        "marian": Family(name="Marian"),
        "mbart": Family(name="mBART"),
        "mistral": Family(name="Mistral"),
        "mt5": Family(name="mT5", n_positions=512),
        "openai-gpt": Family(name="GPT-1"),
        "opt": Family(name="OPT"),
        "pegasus": Family(name="PEGASUS"),
        "phi": Family(name="Phi"),
        "phi3": Family(name="Phi-3"),
        "qwen2": Family(name="Qwen 2"),
        "qwen3": Family(name="Qwen 3"),
        "roberta": Family(name="RoBERTa"),
        "smollm3": Family(name="SmolLM 3"),
        "stablelm": Family(name="StableLM"),
        "starcoder2": Family(name="StarCoder 2", writes="code"),
        "t5": Family(name="T5", n_positions=512),
        "xglm": Family(name="XGLM"),
        "xlm-roberta": Family(name="XLM-RoBERTa"),
    }
)


def stated_family(folder: Path) -> Family | None:
    """Read in a folder which family its model is of; None if that is not to be read."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return family_of(str(config["model_type"]))
    except (OSError, ValueError, LookupError, TypeError):
        return None


def family_of(model_type: str) -> Family:
    """Return the family of a `model_type`; an unlisted one goes by that name."""
    return FAMILIES.get(model_type) or Family(name=model_type)
