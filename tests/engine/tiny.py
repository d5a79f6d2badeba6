"""Tiny random models of several families, saved and loaded like real ones."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from tokenizers.processors import TemplateProcessing
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedTokenizerFast,
)

from engine.decoding_params import DecodingParams
from engine.models.loaded import LoadedModel
from engine.requests import GenerationRequest
from engine.runtime.plain import PlainRun
from engine.trace import Completion, ModelInfo

CORPUS = (
    "En un lugar de la Mancha, de cuyo nombre no quiero acordarme, no ha mucho tiempo que vivía "
    "un hidalgo de los de lanza en astillero, adarga antigua, rocín flaco y galgo corredor. ",
    "Caminante, no hay camino, se hace camino al andar. ",
    "Toda la vida es sueño, y los sueños, sueños son. ",
    "¿Qué es la vida? Un frenesí. ¿Qué es la vida? Una ilusión, una sombra, una ficción… ",
    "La disputa en la computadora empezó a las 10:30; el niño comió piña con coñac. ",
)
EOS = "<|fin|>"
BOS = "<|inicio|>"
N_POSITIONS = 64

_GPT2_SHAPE = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": N_POSITIONS}
_LLAMA_SHAPE = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": N_POSITIONS,
}
SHAPES: dict[str, dict[str, object]] = {
    "gpt2": _GPT2_SHAPE,
    "openai-gpt": _GPT2_SHAPE,
    "ctrl": {**_GPT2_SHAPE, "dff": 48},
    "gptj": {**_GPT2_SHAPE, "rotary_dim": 4},
    "codegen": {**_GPT2_SHAPE, "rotary_dim": 4},
    "gpt_bigcode": _GPT2_SHAPE,
    "gpt_neo": {
        "hidden_size": 32,
        "num_layers": 2,
        "num_heads": 4,
        "attention_types": [[["global", "local"], 1]],
        "window_size": 8,
        "max_position_embeddings": N_POSITIONS,
    },
    "gpt_neox": {**_LLAMA_SHAPE, "num_key_value_heads": 4},
    "llama": _LLAMA_SHAPE,
    "qwen2": _LLAMA_SHAPE,
    "mistral": {**_LLAMA_SHAPE, "sliding_window": 8},
    "gemma3_text": {
        **_LLAMA_SHAPE,
        "head_dim": 8,
        "sliding_window": 8,
        "layer_types": ["sliding_attention", "full_attention"],
        "query_pre_attn_scalar": 8,
    },
}
FAMILIES = tuple(SHAPES)


def byte_level_tokenizer(
    vocab_size: int = 320, *, adds_bos: bool = False
) -> PreTrainedTokenizerFast:
    """Train a byte-level BPE that can write any text."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[EOS, BOS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    if adds_bos:
        bos_id = tokenizer.token_to_id(BOS)
        tokenizer.post_processor = TemplateProcessing(
            single=f"{BOS} $A", special_tokens=[(BOS, bos_id)]
        )
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=EOS, bos_token=BOS)


def build(
    family: str,
    folder: Path,
    *,
    vocab_size: int = 320,
    adds_bos: bool = False,
    spread: float = 0.4,
    seed: int = 0,
) -> LoadedModel:
    """Save a random model of a family to `folder` and load it from there.

    Args:
        family: One of `FAMILIES`.
        folder: Where the checkpoint goes.
        vocab_size: Tokens, at least 258 (bytes and special tokens).
        adds_bos: Whether the tokenizer puts a BOS before a text.
        spread: Standard deviation of the weights; more makes more decided models.
        seed: Seed of the weights.
    """
    tokenizer = byte_level_tokenizer(vocab_size, adds_bos=adds_bos)
    eos_id = tokenizer.convert_tokens_to_ids(EOS)
    config = AutoConfig.for_model(
        family,
        vocab_size=len(tokenizer),
        eos_token_id=eos_id,
        bos_token_id=tokenizer.convert_tokens_to_ids(BOS),
        pad_token_id=None,
        initializer_range=spread,
        **SHAPES[family],
    )
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return load(folder)


def request(
    prompt: str = "La vida es ",
    *,
    seed: int = 0,
    trace_top_n: int = 0,
    prefix_ids: tuple[int, ...] = (),
    ends_with: str | None = None,
    **params: object,
) -> GenerationRequest:
    """Build a request out of decoding settings."""
    return GenerationRequest(
        prompt=prompt,
        params=DecodingParams(**params),
        seed=seed,
        trace_top_n=trace_top_n,
        prefix_ids=prefix_ids,
        ends_with=ends_with,
    )


def complete(loaded: LoadedModel, wanted: GenerationRequest) -> Completion:
    """Run a request to its end."""
    run = PlainRun(loaded, wanted)
    while not run.is_done:
        run.step()
    return run.completion(queue_s=0.0)


def load(folder: Path) -> LoadedModel:
    """Load a saved model for decoding."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    family = model.config.model_type
    return LoadedModel(
        name=folder.name,
        display_name=folder.name,
        revision=None,
        precision="exact",
        device="cpu",
        model=model,
        tokenizer=tokenizer,
        n_positions=N_POSITIONS,
        vocab_size=model.config.vocab_size,
        eos_ids=frozenset({model.config.eos_token_id}),
        has_cache=family != "openai-gpt",
        info=ModelInfo(
            name=folder.name,
            display_name=folder.name,
            family=family,
            licence=None,
            parameters=sum(p.numel() for p in model.parameters()),
            n_positions=N_POSITIONS,
            vocab_size=model.config.vocab_size,
            revision=None,
            weights_bytes=None,
            is_loaded=True,
        ),
    )
