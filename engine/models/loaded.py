"""A model that is in memory, ready to decode with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine.models.transformation import Transformation
from engine.status import Kind
from engine.text import Vocabulary
from engine.trace import ModelInfo

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


@dataclass(frozen=True, kw_only=True)
class LoadedModel:
    """One checkpoint and its tokenizer, read-only and shared by every request.

    Attributes:
        name: String that it was configured with.
        display_name: Name for people; says so when the weights are rounded on disk.
        revision: Resolved revision of the weights, or None where there is none.
        precision: Arithmetic of its products, "exact" being float32; as they are computed, which
            may be more exact than asked for.
        device: Torch device of the weights.
        model: Language model in evaluation mode.
        tokenizer: Its tokenizer.
        n_positions: Tokens that the model can look at, prompt and answer together; of an
            encoder-decoder those of the target, what it begins with among them.
        vocab_size: Width of a row of logits.
        eos_ids: Tokens that end a text; may be empty.
        has_cache: Whether the model takes and returns a key-value cache.
        info: What callers may know about it.
        kind: What it can be asked for.
        transformation: How it turns a source into a target; None unless it is an encoder-decoder.
        source_tokenizer: Tokenizer of its sources, where that is not the one of its targets.
    """

    name: str
    display_name: str
    revision: str | None
    precision: str
    device: str
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    n_positions: int
    vocab_size: int
    eos_ids: frozenset[int]
    has_cache: bool
    info: ModelInfo
    kind: Kind = "decoder"
    transformation: Transformation | None = None
    source_tokenizer: PreTrainedTokenizerBase | None = None

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The tokenizer's tokens as bytes and text."""
        return Vocabulary(self.tokenizer)

    @cached_property
    def source_vocabulary(self) -> Vocabulary:
        """The tokens of a source as bytes and text."""
        if self.source_tokenizer is None:
            return self.vocabulary
        return Vocabulary(self.source_tokenizer)

    @cached_property
    def banned_words(self) -> dict[tuple[str, ...], Any]:
        """Indexes (`BannedWords`) of the word lists in use; `engine.decoding.task` fills it."""
        return {}

    @cached_property
    def indexes(self) -> dict[Any, Any]:
        """What filters look up in the vocabulary, by its type; `engine.decoding.task` fills it."""
        return {}


@dataclass(frozen=True, kw_only=True)
class LoadedTokenizer:
    """The tokenizer of a model whose weights need not be in memory.

    Attributes:
        name: Of the model.
        n_positions: Tokens that the model can look at, of an encoder-decoder those of a source;
            None where only loading it tells.
    """

    name: str
    tokenizer: PreTrainedTokenizerBase
    n_positions: int | None

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The tokens as bytes and text."""
        return Vocabulary(self.tokenizer)
