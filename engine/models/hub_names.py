"""Models of the Hugging Face hub that have a short name: one or more of every family of a lesson.

Only safetensors are loaded, so a repository has to hold them. Licences are those that the authors
state on their cards.
"""

from __future__ import annotations

from typing import NamedTuple

from engine.program_gaps import GAP_TOKENS
from engine.status import Kind, Writes


class HubName(NamedTuple):
    """A short name and what it stands for."""

    name: str
    repo: str
    family: str
    licence: str
    kind: Kind = "decoder"
    writes: Writes = "text"
    gap_tokens: tuple[str, ...] = ()


HUB_NAMES = (
    HubName("spanish-gpt2", "mrm8488/spanish-gpt2", "GPT-2", "MIT"),
    HubName("gpt2", "openai-community/gpt2", "GPT-2", "MIT"),
    HubName("distilgpt2", "distilbert/distilgpt2", "GPT-2", "Apache-2.0"),
    HubName("openai-gpt", "openai-community/openai-gpt", "GPT-1", "MIT"),
    HubName("gpt-neo-125m", "EleutherAI/gpt-neo-125m", "GPT-Neo", "MIT"),
    HubName("gpt-j-6b", "EleutherAI/gpt-j-6b", "GPT-J", "Apache-2.0"),
    HubName("ctrl", "Salesforce/ctrl", "CTRL", "BSD-3-Clause"),
    HubName(
        "codegen-350m-mono",
        "Salesforce/codegen-350M-mono",
        "CodeGen",
        "BSD-3-Clause",
        writes="code",
    ),
    HubName(
        "tiny-starcoder-py",
        "bigcode/tiny_starcoder_py",
        "GPT-BigCode",
        "BigCode OpenRAIL-M",
        writes="code",
        gap_tokens=GAP_TOKENS[0],
    ),
    HubName("beto", "dccuchile/bert-base-spanish-wwm-cased", "BERT", "CC BY 4.0", "encoder"),
    HubName(
        "bert-multilingual",
        "google-bert/bert-base-multilingual-cased",
        "BERT",
        "Apache-2.0",
        "encoder",
    ),
    HubName(
        "distilbert-multilingual",
        "distilbert/distilbert-base-multilingual-cased",
        "DistilBERT",
        "Apache-2.0",
        "encoder",
    ),
    HubName(
        "bertin-roberta",
        "bertin-project/bertin-roberta-base-spanish",
        "RoBERTa",
        "CC BY 4.0",
        "encoder",
    ),
    HubName(
        "opus-mt-es-en", "Helsinki-NLP/opus-mt-es-en", "Marian", "Apache-2.0", "encoder_decoder"
    ),
    HubName(
        "opus-mt-en-es", "Helsinki-NLP/opus-mt-en-es", "Marian", "Apache-2.0", "encoder_decoder"
    ),
    HubName("t5-small", "google-t5/t5-small", "T5", "Apache-2.0", "encoder_decoder"),
    HubName("m2m100-418m", "facebook/m2m100_418M", "M2M100", "MIT", "encoder_decoder"),
)
