"""The source of an encoder-decoder: its tokens, with what says the task and the languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.decoding.prompt import (
    EncodedPrompt,
    control_tokens,
    require_known,
    require_readable,
    tokenize,
)
from engine.errors import EngineError
from engine.models.loaded import LoadedModel
from engine.models.transformation import Transformation
from engine.text import context_tail, text_after
from engine.validation import invalid

_NONE = "none"
_LONGEST_WORD = 16
"""Tokens; of a longer word, or of a text without spaces, only the beginning is read."""


@dataclass(frozen=True)
class Source:
    """What the encoder sees.

    Attributes:
        ids: All of it, special tokens included.
        text: Without these; what was cut off is not in it, what says the task is.
    """

    ids: tuple[int, ...]
    text: str


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be done with a source, as requests say it."""

    task: str | None = None
    source_language: str | None = None
    target_language: str | None = None


def source_of(loaded: LoadedModel, ids: Sequence[int]) -> Source | None:
    """Return the source that some ids are; None for a model that has none.

    Raises:
        EngineError: unsupported (`reason` prompt_not_kept) where an encoder-decoder gets none;
            invalid_params for ids that it does not know.
    """
    if loaded.transformation is None:
        return None
    if not ids:
        raise EngineError("unsupported", reason="prompt_not_kept")
    require_known(loaded, "source_ids", ids)
    return Source(tuple(ids), loaded.source_vocabulary.decode(ids))


def encode_source(loaded: LoadedModel, request: Order, text: str) -> EncodedPrompt:
    """Tokenize a source; where it is longer than the encoder can look at, its last words are cut.

    Args:
        loaded: An encoder-decoder.
        request: Task and languages.
        text: The source; never stripped.

    Returns:
        The source, and what its target begins with.

    Raises:
        EngineError: empty_prompt without any token; invalid_params for a task or a language that
            the model does not have, and a token that it does not know.
    """
    sides = _require_transformation(loaded)
    check_order(sides, request)
    tokenizer = loaded.source_tokenizer or loaded.tokenizer
    told = _with_task(sides, request, text)
    ids, mask = tokenize(tokenizer, told)
    leading = next((i for i, is_added in enumerate(mask) if not is_added), len(ids))
    end = len(ids) - next((i for i, is_added in enumerate(reversed(mask)) if not is_added), 0)
    own = ids[leading:end]
    if not own or not text.strip():
        raise EngineError("empty_prompt")
    require_readable(loaded, "prompt", own, loaded.source_vocabulary)
    before = [*_in_language(sides, request, ids[:leading]), *_mark(sides, request)]
    behind = _in_language(sides, request, ids[end:])
    kept = _to_end_of_word(loaded, own, max(1, sides.positions - len(before) - len(behind)))
    seen = (*before, *kept, *behind)
    characters = None
    if len(kept) < len(own):
        places = tokenizer(told, return_offsets_mapping=True, verbose=False)["offset_mapping"]
        characters = max(0, places[leading + len(kept) - 1][1] - (len(told) - len(text)))
    return EncodedPrompt(
        ids=(sides.start_id,),
        prompt_tokens=len(seen),
        truncated_tokens=len(own) - len(kept),
        control_tokens=control_tokens(loaded.source_vocabulary, text, own),
        source_ids=seen,
        source_characters=characters,
    )


def encode_transformation(
    loaded: LoadedModel, request: Order, text: str, prefix_ids: Sequence[int]
) -> EncodedPrompt:
    """Tokenize a source, and put behind what its target begins with what is written already.

    Raises:
        EngineError: As `encode_source`; invalid_params for a prefix that fills the target.
    """
    require_known(loaded, "prefix_ids", prefix_ids)
    prompt = encode_source(loaded, request, text)
    ids = (*prompt.ids, *prefix_ids)
    if len(ids) >= loaded.n_positions:
        allowed = f"x < {loaded.n_positions - len(prompt.ids)}"
        raise invalid("prefix_ids", len(prefix_ids), allowed)
    before = context_tail(loaded.vocabulary, prompt.ids)
    return EncodedPrompt(
        ids=ids,
        prompt_tokens=prompt.prompt_tokens,
        truncated_tokens=prompt.truncated_tokens,
        prefix_text=text_after(loaded.vocabulary, before, prefix_ids) if prefix_ids else "",
        control_tokens=prompt.control_tokens,
        source_ids=prompt.source_ids,
        source_characters=prompt.source_characters,
    )


def check_order(sides: Transformation, request: Order) -> None:
    """Refuse a task or a language that a model does not have.

    Raises:
        EngineError: invalid_params with `field`, `value` and `range`.
    """
    if request.task is not None and not sides.takes_task:
        raise invalid("task", request.task, _NONE)
    _require_language("source_language", request.source_language, sides.source_languages)
    _require_language("target_language", request.target_language, sides.target_languages)


def _to_end_of_word(loaded: LoadedModel, ids: list[int], room: int) -> list[int]:
    """Return as many tokens as there is room for, cut before a word where one begins near by."""
    if len(ids) <= room:
        return ids
    begins = loaded.source_vocabulary.bytes_of
    places = range(room, max(0, room - _LONGEST_WORD), -1)
    end = next((place for place in places if begins(ids[place])[:1].isspace()), room)
    return ids[:end]


def _require_language(name: str, code: str | None, languages: Mapping[str, int]) -> None:
    if code is not None and code not in languages:
        raise invalid(name, code, ", ".join(languages) or _NONE)


def _require_transformation(loaded: LoadedModel) -> Transformation:
    assert loaded.transformation is not None
    return loaded.transformation


def _with_task(sides: Transformation, request: Order, text: str) -> str:
    """Put before a source what the checkpoint's task wants there, or a person's own words."""
    if request.task is None or not request.task.strip():
        return text
    named = sides.tasks.get(request.task)
    if named is not None:
        return named + text
    words = request.task.rstrip()
    return f"{words} {text}" if words.endswith(":") else f"{words}: {text}"


def _in_language(sides: Transformation, request: Order, special: Sequence[int]) -> list[int]:
    """Return the tokens around a source, with the one of its language as asked for.

    The tokenizer itself is set to one language, and shared by all threads.
    """
    if request.source_language is None or sides.default_language_id is None:
        return list(special)
    wanted = sides.source_languages[request.source_language]
    return [wanted if i == sides.default_language_id else i for i in special]


def _mark(sides: Transformation, request: Order) -> list[int]:
    if request.target_language is None or not sides.is_target_marked:
        return []
    return [sides.target_languages[request.target_language]]
