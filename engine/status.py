"""What an engine says of itself: its models, what they can do, and how busy it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from engine.values import Value

Writes = Literal["text", "code"]
"""What a model was trained on: texts of any kind, or programs."""
Kind = Literal["decoder", "encoder", "encoder_decoder", "remote"]
"""What a model can be asked for: to go on with a text, here or elsewhere; to fill; to transform."""
WRITERS: tuple[Kind, ...] = ("decoder", "remote")
"""Kinds that go on with a text: the default model is the first of these."""


@dataclass(frozen=True, kw_only=True)
class Capabilities(Value):
    """What a model's backend can do.

    Attributes:
        max_top_n: Most candidates per step that can be asked for.
        seedable: Whether the same seed gives the same text.
        unbatched: Strategies whose requests run by themselves, one at a time, beside the others.
        kind: None where only the configuration tells it, and it has not been read yet.
    """

    strategies: tuple[str, ...]
    full_distribution: bool
    max_top_n: int
    attention: bool
    seedable: bool
    unbatched: tuple[str, ...] = ()
    kind: Kind | None = "decoder"


@dataclass(frozen=True, kw_only=True)
class ModelInfo(Value):
    """A configured model. What is only known once loaded is None before.

    Attributes:
        name: What it is chosen and stored by; never a path of this machine.
        host: Server that a remote model is on, which gets the texts; None for one of this machine.
        aliases: What it is also asked for by: its catalogue name, or its path. Not for people.
        eos_ids: Tokens that end a text; () before it is loaded, or where it has none.
        precision: In which it computes here: the one asked for, or a more exact one that is faster.
        kernels: Who multiplies what: "oneDNN int8".
        products: The same of each shape of layer, by number of rows; () before it is loaded.
        kind: None where only the configuration tells it, and it has not been read yet.
        needed_bytes: Memory that it takes, or will; known once its files are here.
        tasks: Names of what an encoder-decoder can be told to do with a source.
        takes_task: Whether it does what words before the source say.
        source_languages: Codes that a source's language can be said by.
        target_languages: Codes of the languages that it can be told to write in.
        own_settings: What the checkpoint's authors decode with, by name; nothing is set by it.
        writes: What it was trained on: programs, or texts of any kind.
        gap_tokens: Of a model that fills a gap in a program: what stands before the part in front
            of the gap, before the part behind it, and before what fills it; () for others.
        control_codes: First words that tell it what to write, of those that we know; () before it
            is loaded, or where it has none.
        source_positions: Tokens that an encoder-decoder reads of a source; None for others.
    """

    name: str
    display_name: str
    family: str | None
    licence: str | None
    parameters: int | None
    n_positions: int | None
    vocab_size: int | None
    revision: str | None
    weights_bytes: int | None
    is_loaded: bool
    eos_ids: tuple[int, ...] = ()
    precision: str | None = None
    kernels: str | None = None
    aliases: tuple[str, ...] = ()
    kind: Kind | None = "decoder"
    needed_bytes: int | None = None
    tasks: tuple[str, ...] = ()
    takes_task: bool = False
    source_languages: tuple[str, ...] = ()
    target_languages: tuple[str, ...] = ()
    own_settings: tuple[tuple[str, str], ...] = ()
    writes: Writes = "text"
    gap_tokens: tuple[str, ...] = ()
    control_codes: tuple[str, ...] = ()
    source_positions: int | None = None
    host: str | None = None
    products: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FreeMemory(Value):
    """Where a model would be loaded now, and what is free there.

    Attributes:
        device: Torch device.
        available_bytes: Free at once, or None where that cannot be told.
        reclaimable_bytes: Of loaded models that nobody uses, which would go for another.
        working_bytes: Room to work that every model's `needed_bytes` has in it, however small the
            model: it is empty again when nobody asks for anything.
    """

    device: str
    available_bytes: int | None
    reclaimable_bytes: int = 0
    working_bytes: int = 0


@dataclass(frozen=True, kw_only=True)
class EngineStats(Value):
    """The engine at this moment.

    Attributes:
        precision: As asked for; `ModelInfo` says what a model computes in.
        tokens_per_s: New tokens over the seconds spent decoding during the last minute.
        cache_hits: Contexts that went on from a text that had ended.
        cache_lookups: Contexts that might have.
        cache_tokens: Tokens that were not read again.
        expected_wait_s: Estimated wait of somebody who comes now, or None without history.
        queue_wait_s: The same of who stands behind all that waits; None where it is no other.
    """

    queued: int
    running: int
    queue_limit: int
    tokens_per_s: float | None
    cache_hits: int
    completed: int
    failed: int
    workers: int
    device: str | None
    precision: str
    loaded_models: tuple[str, ...]
    expected_wait_s: float | None = None
    cache_lookups: int = 0
    cache_tokens: int = 0
    queue_wait_s: float | None = None


PreparationProgress = Callable[[str, str, float | None], None]
"""Called as (model, phase, share done or None) while a model is fetched, prepared or loaded."""
