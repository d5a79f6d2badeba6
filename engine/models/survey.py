"""What is known of a model before it is loaded: the memory that it will take, and where it fits.

accelerate builds the network without its weights, on a device that holds nothing, and measures it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import EngineError
from engine.models import hub, memory
from engine.models.catalogue import Entry, FolderSource, GgufSource, HubSource, PackageSource
from engine.models.checkpoint import CONFIG
from engine.models.failures import typed_failures
from engine.models.kinds import kind_of
from engine.trace import ModelInfo

if TYPE_CHECKING:
    from transformers import PreTrainedModel

logger = logging.getLogger(__name__)

AUTO_CLASSES: Mapping[str, str] = {
    "decoder": "AutoModelForCausalLM",
    "encoder": "AutoModelForMaskedLM",
    "encoder_decoder": "AutoModelForSeq2SeqLM",
}
"""Kind → transformers' class that makes a model of a checkpoint of that kind."""


def first_info(name: str, entry: Entry) -> ModelInfo:
    """Describe a model of which only the configured string is known."""
    return ModelInfo(
        name=name,
        display_name=entry.display_name or Path(name).stem,
        family=entry.family,
        licence=entry.licence,
        parameters=None,
        n_positions=None,
        vocab_size=None,
        revision=None,
        weights_bytes=None,
        is_loaded=False,
        aliases=entry.aliases,
        kind=entry.kind,
        writes=entry.writes or "text",
        gap_tokens=entry.gap_tokens,
    )


def needed_bytes(entry: Entry, data_dir: Path) -> int | None:
    """Estimate the memory that a model will take in float32, with room to work.

    Args:
        entry: What the configured string means.
        data_dir: Where converted models are kept.

    Returns:
        None where its files are not here, or say nothing that can be read: loading it says why.
    """
    try:
        with typed_failures(entry.name):
            folder = folder_at_hand(entry, data_dir)
            if folder is None:
                return None
            parameters = count_parameters(skeleton(entry.name, folder))
    except EngineError as error:
        logger.info("%s: its memory is not known before it is loaded: %s", entry.name, error)
        return None
    return memory.estimate_bytes(parameters)


def folder_at_hand(entry: Entry, data_dir: Path) -> Path | None:
    """Return the folder of a model that is here as `prepare` leaves it, or None."""
    match entry.source:
        case FolderSource(path=path):
            folder: Path | None = path
        case HubSource() as source:
            folder = hub.cached(source)
        case PackageSource(file=file):
            folder = data_dir / "models" / f"{entry.name}-{file.sha256[:8]}"
        case GgufSource(path=path):
            prepared = sorted((data_dir / "models").glob(f"{path.stem}-*/"))
            folder = prepared[0] if len(prepared) == 1 else None
        case _:
            folder = None
    return folder if folder is not None and (folder / CONFIG).is_file() else None


def skeleton(name: str, folder: Path) -> PreTrainedModel:
    """Build a checkpoint's network without weights: it takes no memory.

    Args:
        name: For errors.
        folder: Has a `config.json`.

    Raises:
        ModelUnavailable: unsupported_architecture or no_language_model.
    """
    import torch
    import transformers
    from accelerate import init_empty_weights

    kind = kind_of(name, json.loads((folder / CONFIG).read_text(encoding="utf-8")))
    auto_class: Any = getattr(transformers, AUTO_CLASSES[kind])
    config = transformers.AutoConfig.from_pretrained(
        folder, trust_remote_code=False, local_files_only=True
    )
    # With its buffers: only so does accelerate leave alone what other threads build meanwhile.
    with init_empty_weights(include_buffers=True):
        network: PreTrainedModel = auto_class.from_config(config, dtype=torch.float32)
    network.tie_weights()
    return network


def count_parameters(network: PreTrainedModel) -> int:
    """Count a network's weights; a table that is both embedding and output layer counts twice.

    Such a table is packed for products beside what is looked up in.
    """
    from accelerate.utils import calculate_maximum_sizes

    # Buffers, such as causal masks, are made again at load and are no weights.
    buffers = sum(buffer.numel() * buffer.element_size() for buffer in network.buffers())
    total_bytes, _ = calculate_maximum_sizes(network)
    head: Any = network.get_output_embeddings()  # type: ignore[no-untyped-call]
    table: Any = network.get_input_embeddings()
    is_tied = head is not None and table is not None and head.weight is table.weight
    tied = int(head.weight.numel()) if is_tied else 0
    return (int(total_bytes) - buffers) // memory.FLOAT32_BYTES + tied


def place(needed: int, available: Mapping[str, int]) -> str | None:
    """Return the first device that holds a model whole, or None.

    A model is never divided: `accelerate.infer_auto_device_map` would, and where it does not, it
    asks the same question. (1.15 stops at a tied table inside another layer, as BERT's head has.)

    Args:
        needed: Bytes.
        available: Device ("cuda", "cuda:1", "cpu") → bytes that are free, the fastest first.
    """
    return next((device for device, free in available.items() if needed <= free), None)
