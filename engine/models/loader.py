"""Puts a checkpoint into memory: transformers' native classes, float32, never remote code."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.control_codes import CONTROL_CODES
from engine.errors import EngineError, ModelUnavailable
from engine.models.catalogue import Entry
from engine.models.checkpoint import Checkpoint
from engine.models.failures import typed_failures
from engine.models.families import Family, family_of
from engine.models.kinds import kind_of
from engine.models.memory import estimate_bytes
from engine.models.survey import AUTO_CLASSES
from engine.models.transformation import SOURCE_POSITION_KEYS, Transformation, transformation_of
from engine.precision import EXACT, Arithmetic
from engine.program_gaps import gap_tokens_in
from engine.spellings import SPELLINGS_FILE, Spellings
from engine.status import Kind
from engine.trace import ModelInfo

if TYPE_CHECKING:
    from transformers import (
        PreTrainedModel,
        PreTrainedTokenizerBase,
        PreTrainedTokenizerFast,
    )

    from engine.models.loaded import LoadedModel

logger = logging.getLogger(__name__)
_POSITION_KEYS = ("n_positions", "max_position_embeddings", "n_ctx", "max_seq_len", "seq_length")
_FALLBACK_POSITIONS = 2048
_EXAMPLES = 3


def resolve_device(device: str) -> str:
    """Return the torch device meant by `auto`, `cpu`, `cuda` or `cuda:N`.

    Raises:
        EngineError: invalid_params, if this machine does not have it.
    """
    if device == "cpu":
        return device
    import torch

    count = torch.cuda.device_count()
    if device == "auto":
        return "cuda" if count else "cpu"
    if (torch.device(device).index or 0) < count:
        return device
    raise EngineError("invalid_params", field="device", value=device, range="auto, cpu")


def load(
    entry: Entry,
    checkpoint: Checkpoint,
    device: str,
    precision: str = EXACT,
    *,
    tokenizer: PreTrainedTokenizerBase | None = None,
    data_dir: Path | None = None,
    quiet: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> LoadedModel:
    """Load a checkpoint that `prepare` returned.

    Args:
        entry: What the configured string means.
        checkpoint: Folder and facts.
        device: Torch device.
        precision: exact, fast or turbo, as asked for.
        tokenizer: The checkpoint's, where it is in memory already.
        data_dir: Where the times of kernels are kept between two starts.
        quiet: As for `kernels.install`.

    Raises:
        ModelUnavailable: unsupported_architecture, no_language_model, no_tokenizer or corrupt.
        EngineError: out_of_memory.
    """
    from engine.models import kernels
    from engine.models.loaded import LoadedModel

    with typed_failures(entry.name):
        kind = kind_of(entry.name, checkpoint.config)
        if tokenizer is None:
            tokenizer = load_tokenizer(entry.name, checkpoint)
        model = _load_weights(entry.name, checkpoint, device, kind)
        family = family_of(model.config.model_type)
        n_positions = positions(model, family)
        vocab_size = _vocab_size(model)
        _compare_vocabularies(entry.name, tokenizer, vocab_size)
        eos_ids = end_tokens(model, tokenizer, vocab_size)
        # Counted before the layers are swapped.
        parameters = sum(parameter.numel() for parameter in model.parameters())
        arithmetic = kernels.install(model, precision, data_dir, quiet)
        _log_arithmetic(entry.name, arithmetic, precision)
        sides = None
        if kind == "encoder_decoder":
            reads = getattr(tokenizer, "of_sources", None) or tokenizer
            spellings = Spellings.read(checkpoint.folder / SPELLINGS_FILE)
            sides = transformation_of(
                entry.name, model, reads, n_positions, vocab_size, spellings=spellings
            )
        info = ModelInfo(
            name=entry.name,
            display_name=checkpoint.display_name,
            family=entry.family or family.name,
            licence=entry.licence,
            parameters=parameters,
            n_positions=n_positions,
            vocab_size=vocab_size,
            revision=checkpoint.revision,
            weights_bytes=checkpoint.weights_bytes,
            is_loaded=True,
            eos_ids=tuple(sorted(eos_ids)),
            precision=arithmetic.precision,
            kernels=arithmetic.kernels,
            products=arithmetic.choices,
            aliases=entry.aliases,
            kind=kind,
            needed_bytes=estimate_bytes(checkpoint.parameters + checkpoint.tied_parameters),
            writes=entry.writes or family.writes,
            gap_tokens=gap_tokens_in(tokenizer.get_vocab()),
            control_codes=control_codes(tokenizer) if family.name == "CTRL" else (),
            **_said_of(sides),
        )
        return LoadedModel(
            name=entry.name,
            display_name=checkpoint.display_name,
            revision=checkpoint.revision,
            precision=arithmetic.precision,
            device=device,
            model=model,
            tokenizer=tokenizer,
            n_positions=n_positions,
            vocab_size=vocab_size,
            eos_ids=eos_ids,
            has_cache=_has_cache(model),
            info=info,
            kind=kind,
            transformation=sides,
            source_tokenizer=getattr(tokenizer, "of_sources", None),
        )


def _said_of(sides: Transformation | None) -> dict[str, Any]:
    """Return what callers may know about what a model transforms."""
    if sides is None:
        return {}
    return {
        "tasks": tuple(sides.tasks),
        "takes_task": sides.takes_task,
        "source_languages": tuple(sides.source_languages),
        "target_languages": tuple(sides.target_languages),
        "own_settings": sides.own_settings,
        "source_positions": sides.positions,
    }


def _log_arithmetic(name: str, arithmetic: Arithmetic, asked: str) -> None:
    precision, kernels, layers = arithmetic[:3]
    why = "" if precision == asked else f"; {asked} was asked for, which is no faster here"
    logger.info("%s computes %d layers with %s: %s%s", name, layers, kernels, precision, why)


def load_tokenizer(model: str, checkpoint: Checkpoint) -> PreTrainedTokenizerFast:
    """Read a checkpoint's tokenizer.

    Raises:
        ModelUnavailable: no_tokenizer.
        EngineError: out_of_memory.
    """
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    from engine.models.tokenizer_conversion import converter_of

    with typed_failures(model, "no_tokenizer"):
        convert = converter_of(checkpoint.folder, checkpoint.config)
        tokenizer = (
            AutoTokenizer.from_pretrained(
                checkpoint.folder, trust_remote_code=False, local_files_only=True
            )
            if convert is None
            else convert(checkpoint.folder)
        )
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise ModelUnavailable(model, "no_tokenizer", tokenizer=type(tokenizer).__name__)
    # Else the first call would do it, which fails while another thread is encoding.
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    return tokenizer


def _load_weights(model: str, checkpoint: Checkpoint, device: str, kind: Kind) -> PreTrainedModel:
    """Read the weights into private memory.

    transformers maps the file, so that replacing it would change, or end, a running process.
    """
    import torch
    import transformers

    silence_progress_bars()
    auto_class: Any = getattr(transformers, AUTO_CLASSES[kind])
    loaded: Any = auto_class.from_pretrained(
        checkpoint.folder,
        dtype=torch.float32,
        use_safetensors=True,
        trust_remote_code=False,
        local_files_only=True,
        output_loading_info=True,
    )
    network: Any = loaded[0]
    if absent := loaded[1]["missing_keys"]:
        missing = ", ".join(sorted(absent)[:3])
        raise ModelUnavailable(model, "corrupt", error=f"tensors missing: {missing}")
    network.requires_grad_(False).eval()
    if device == "cpu":
        for tensor in (*network.parameters(), *network.buffers()):
            tensor.data = tensor.data.clone()
    else:
        network.to(device)
    return network  # type: ignore[no-any-return]


def silence_progress_bars() -> None:
    """Keep transformers from drawing on the console; progress is reported by the store."""
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]


def positions(model: PreTrainedModel, family: Family) -> int:
    """Return the context in tokens; tokenizers state none that can be used.

    RoBERTa and its like number the positions from behind the padding index on, so their tables
    have rows that no token ever takes.
    """
    text_config = model.config.get_text_config()
    stated = (getattr(text_config, key, None) for key in _POSITION_KEYS)
    usable = (value for value in stated if isinstance(value, int) and value > 0)
    limit = next(usable, family.n_positions or _FALLBACK_POSITIONS)
    for name, part in model.named_modules():
        padding = getattr(part, "padding_idx", None)
        if name.endswith("position_embeddings") and padding is not None:
            limit = min(limit, part.num_embeddings - padding - 1)
    return limit


def stated_positions(config: Mapping[str, Any]) -> int | None:
    """Return the context in tokens as far as a configuration tells it before it is loaded.

    Of an encoder-decoder that is what it reads of a source. None where only the loaded table tells
    how much of it can be used (see `positions`).
    """
    family = family_of(str(config.get("model_type")))
    if "roberta" in family.name.lower() or "camembert" in family.name.lower():
        return None
    stated = (config.get(key) for key in (*SOURCE_POSITION_KEYS, *_POSITION_KEYS))
    usable = (value for value in stated if isinstance(value, int) and value > 0)
    return next(usable, family.n_positions)


def _compare_vocabularies(name: str, tokenizer: PreTrainedTokenizerBase, vocab_size: int) -> None:
    """Say which tokens a text cannot have because the model has no row for them."""
    unknown = [token for token, i in tokenizer.get_vocab().items() if i >= vocab_size]
    if unknown:
        examples = ", ".join(sorted(unknown)[:_EXAMPLES])
        logger.warning(
            "%s: its tokenizer has %d tokens that the model does not know, such as %s; texts with "
            "them are refused",
            name,
            len(unknown),
            examples,
        )


def control_codes(tokenizer: PreTrainedTokenizerBase) -> tuple[str, ...]:
    """Return the codes by which the model is told what to write: those that are one token."""
    ids = {code: tokenizer(code, add_special_tokens=False)["input_ids"] for code in CONTROL_CODES}
    unknown = tokenizer.unk_token_id
    return tuple(code for code, own in ids.items() if len(own) == 1 and own != [unknown])


def end_tokens(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, vocab_size: int
) -> frozenset[int]:
    """Return the ids that end a text, from the first place that names any."""
    generation = getattr(model, "generation_config", None)
    for holder in (generation, model.config, tokenizer):
        stated = getattr(holder, "eos_token_id", None)
        if stated is not None:
            ids = (stated,) if isinstance(stated, int) else stated
            return frozenset(token for token in ids if 0 <= token < vocab_size)
    return frozenset()


def _vocab_size(model: PreTrainedModel) -> int:
    head = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    weight = getattr(head, "weight", None)
    return int(model.config.get_text_config().vocab_size if weight is None else weight.shape[0])


def _has_cache(model: PreTrainedModel) -> bool:
    """GPT-1 has none; a recurrent state cannot be rewound or reordered, so it counts as none."""
    is_stateful = bool(getattr(model, "_is_stateful", False))
    return "past_key_values" in inspect.signature(model.forward).parameters and not is_stateful
