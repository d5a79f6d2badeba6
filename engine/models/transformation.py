"""How an encoder-decoder turns a source into a target: where that begins, and what is not its own.

What a checkpoint's `generation_config` sets beside that is a taste and no need: it is named, and
whoever asks decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from engine.errors import ModelUnavailable
from engine.spellings import NOTHING_KNOWN, Spellings

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


_PREFIXED = frozenset({"t5", "mt5", "umt5", "longt5", "switch_transformers"})
"""Families whose tasks are told apart by words before the source (Raffel et al. 2020, §2.4)."""
SOURCE_POSITION_KEYS = ("max_encoder_position_embeddings", "max_source_positions")
_MOST_TOKENIZER_POSITIONS = 1 << 20
"""A tokenizer that states more states none."""
_MARK = (">>", "<<")
"""What a Marian model with several target languages wants their codes between."""
_NLLB_LANGUAGE = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}")
_DEFAULT_LANGUAGES = ("cur_lang_id", "cur_lang_code_id", "cur_lang_code")
"""Where tokenizers keep the language that they are set to."""
_TASTES = (
    "do_sample",
    "early_stopping",
    "encoder_no_repeat_ngram_size",
    "encoder_repetition_penalty",
    "length_penalty",
    "max_length",
    "max_new_tokens",
    "min_length",
    "min_new_tokens",
    "no_repeat_ngram_size",
    "num_beams",
    "repetition_penalty",
    "temperature",
    "top_k",
    "top_p",
)
_NEUTRAL: Mapping[str, Any] = MappingProxyType(
    {"do_sample": False, "early_stopping": False, "max_length": 20, "num_beams": 1, "top_k": 50}
)


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Transformation:
    """What an encoder-decoder needs beside its weights.

    Attributes:
        start_id: Token that every target begins with, and that is no part of it.
        first_id: Token that must come first, or None.
        last_ids: Tokens of which one must come where a target has no more room.
        never_ids: Special tokens that may never come.
        positions: Tokens of a source that the encoder can look at.
        tasks: The checkpoint's tasks: what is put before the source, by name.
        takes_task: Whether words before the source tell what to do with it.
        source_languages: Codes → the tokens that say a source's language.
        target_languages: Codes → the tokens that say what to write in.
        is_target_marked: Whether that token stands in the source; else it comes first in a target.
        default_language_id: Token of a source's language where none is asked for.
        keeps_letters: Whether a target has the letters of its source: `same_letters` in the
            configuration.
        spellings: The words whose accents are known then, if a list lies beside the weights.
        own_settings: What the checkpoint's authors decode with, and nobody has to.
    """

    start_id: int
    first_id: int | None = None
    last_ids: tuple[int, ...] = ()
    never_ids: tuple[int, ...] = ()
    positions: int
    tasks: Mapping[str, str] = field(default_factory=_nothing)
    takes_task: bool = False
    source_languages: Mapping[str, int] = field(default_factory=_nothing)
    target_languages: Mapping[str, int] = field(default_factory=_nothing)
    is_target_marked: bool = False
    default_language_id: int | None = None
    keeps_letters: bool = False
    spellings: Spellings = NOTHING_KNOWN
    own_settings: tuple[tuple[str, str], ...] = ()

    def first_for(self, target_language: str | None) -> int | None:
        """Return the token that must come first in a target of this language, if any must."""
        if target_language is None or self.is_target_marked:
            return self.first_id
        return self.target_languages.get(target_language, self.first_id)


def transformation_of(
    name: str,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    positions: int,
    vocab_size: int,
    *,
    spellings: Spellings = NOTHING_KNOWN,
) -> Transformation:
    """Read what a checkpoint says.

    Args:
        name: Model, for errors.
        model: In memory, with its `generation_config`.
        tokenizer: Of its sources.
        positions: Tokens that its decoder can look at.
        vocab_size: Width of a row of logits.
        spellings: The list beside its weights.

    Raises:
        ModelUnavailable: corrupt, where nothing says what a target begins with.
    """
    start_id = _stated(model, "decoder_start_token_id", "bos_token_id")
    if not isinstance(start_id, int) or not 0 <= start_id < vocab_size:
        raise ModelUnavailable(name, "corrupt", error="no decoder_start_token_id")
    last = _stated(model, "forced_eos_token_id")
    spoken = _known(_languages(tokenizer), vocab_size)
    marked = {} if spoken else _marked(tokenizer.get_vocab(), vocab_size)
    tasks = _tasks(model.config)
    return Transformation(
        start_id=start_id,
        first_id=_stated(model, "forced_bos_token_id"),
        last_ids=() if last is None else (last,) if isinstance(last, int) else tuple(last),
        never_ids=_never_ids(model, tokenizer),
        positions=_source_positions(model, tokenizer, positions),
        tasks=tasks,
        takes_task=bool(tasks) or model.config.model_type in _PREFIXED,
        source_languages=spoken,
        target_languages=spoken or marked,
        is_target_marked=bool(marked),
        default_language_id=_default_language_id(tokenizer) if spoken else None,
        keeps_letters=getattr(model.config, "same_letters", False) is True,
        spellings=spellings,
        own_settings=_own_settings(model),
    )


def _stated(model: PreTrainedModel, *names: str) -> Any:
    """Return the first value that the checkpoint states, as `generate` looks for it."""
    holders = (getattr(model, "generation_config", None), model.config)
    values = (getattr(holder, name, None) for name in names for holder in holders)
    return next((value for value in values if value is not None), None)


def _never_ids(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> tuple[int, ...]:
    """Return the special tokens that the checkpoint rules out.

    A Marian model has learnt nothing about its padding, which its logits speak of all the same;
    its checkpoints rule it out (`bad_words_ids`). Words that somebody did not want are a taste.
    """
    banned = _stated(model, "bad_words_ids") or ()
    special = {*tokenizer.all_special_ids, _stated(model, "pad_token_id")}
    return tuple(ids[0] for ids in banned if len(ids) == 1 and ids[0] in special)


def _source_positions(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, positions: int
) -> int:
    stated = (getattr(model.config, key, None) for key in SOURCE_POSITION_KEYS)
    limit = next((value for value in stated if isinstance(value, int)), positions)
    most = getattr(tokenizer, "model_max_length", None)
    is_usable = isinstance(most, int) and 0 < most < _MOST_TOKENIZER_POSITIONS
    return min(limit, most) if is_usable and most is not None else limit


def _tasks(config: Any) -> dict[str, str]:
    stated = getattr(config, "task_specific_params", None) or {}
    return {
        str(name): str(settings["prefix"])
        for name, settings in stated.items()
        if isinstance(settings, Mapping) and settings.get("prefix")
    }


def _languages(tokenizer: PreTrainedTokenizerBase) -> Mapping[str, int]:
    """Return the languages that a token in the source says, and one at the target's beginning.

    The first mBART begins its targets with the language itself, and is told in no such way.
    """
    stated: Mapping[str, int] | None = getattr(tokenizer, "lang_code_to_id", None)
    if stated:
        return {} if type(tokenizer).__name__.startswith("MBartTokenizer") else stated
    if not type(tokenizer).__name__.startswith("NllbTokenizer"):
        return {}
    names = filter(_NLLB_LANGUAGE.fullmatch, map(str, tokenizer.all_special_tokens))
    vocabulary = tokenizer.get_vocab()
    return {name: vocabulary[name] for name in names}


def _default_language_id(tokenizer: PreTrainedTokenizerBase) -> int | None:
    values = (getattr(tokenizer, name, None) for name in _DEFAULT_LANGUAGES)
    return next((value for value in values if isinstance(value, int)), None)


def _marked(vocabulary: Mapping[str, int], vocab_size: int) -> dict[str, int]:
    begin, end = _MARK
    found = {
        token[len(begin) : -len(end)]: token_id
        for token, token_id in vocabulary.items()
        if token.startswith(begin) and token.endswith(end) and len(token) > len(begin + end)
    }
    return _known(found, vocab_size)


def _known(languages: Mapping[str, int], vocab_size: int) -> dict[str, int]:
    return {code: i for code, i in sorted(languages.items()) if 0 <= i < vocab_size}


def _own_settings(model: PreTrainedModel) -> tuple[tuple[str, str], ...]:
    config = getattr(model, "generation_config", None)
    values = ((name, getattr(config, name, None)) for name in _TASTES)
    return tuple(_written(values))


def _written(values: Iterable[tuple[str, Any]]) -> Iterable[tuple[str, str]]:
    for name, value in values:
        if value is not None and value != _NEUTRAL.get(name, 1.0) and value != 0:
            yield name, str(value)
