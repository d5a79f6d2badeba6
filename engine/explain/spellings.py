"""The token sequences that write a word inside a text."""

from __future__ import annotations

from collections.abc import Sequence

from engine.decoding.prompt import require_readable
from engine.errors import EngineError
from engine.models.loaded import LoadedModel
from engine.text import context_tail
from engine.words import ends_in_word

MAX_WORD_TOKENS = 16
# A tokenizer may put a space before a text; after this anchor it has no reason to.
_ANCHORS = ("", "\n")


def spell(loaded: LoadedModel, word: str) -> dict[str, tuple[int, ...]]:
    """Return the ids of a word with and without a leading space, by the text that they add.

    A tokenizer that knows no leading spaces (GPT-1, CTRL) has one spelling only; so has one that
    cannot write the word as it is, and gives what comes nearest.

    Args:
        loaded: Model and tokenizer.
        word: Without spaces around it.

    Raises:
        EngineError: invalid_params for a blank word, one of too many tokens, or with a token that
            the model does not know.
    """
    if not word:
        raise _refuse(0)
    found: dict[str, tuple[int, ...]] = {}
    for text in (f" {word}", word):
        ids = next((ids for a in _ANCHORS if (ids := _ending(loaded, a, text))), None)
        if ids:
            found[text] = ids
    if not found:
        found[word] = tuple(_encode(loaded, word))
    for ids in found.values():
        if not 1 <= len(ids) <= MAX_WORD_TOKENS:
            raise _refuse(len(ids))
        require_readable(loaded, "word", ids)
    return found


def goes_on_with_word(loaded: LoadedModel, context_ids: Sequence[int]) -> bool:
    """Tell whether what comes next without a space belongs to the word that a text ends with."""
    text = loaded.vocabulary.decode(context_tail(loaded.vocabulary, context_ids))
    return ends_in_word(text)


def _ending(loaded: LoadedModel, anchor: str, text: str) -> tuple[int, ...] | None:
    """Return the last tokens of anchor + text that write exactly the text."""
    ids = _encode(loaded, anchor + text)
    wanted = text.encode()
    for start in range(len(ids)):
        written = b"".join(map(loaded.vocabulary.bytes_of, ids[start:]))
        # A token that ends a word brings the space after it.
        if written in (wanted, wanted + b" "):
            return tuple(ids[start:])
    return None


def _encode(loaded: LoadedModel, text: str) -> list[int]:
    ids: list[int] = loaded.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    return ids


def _refuse(tokens: int) -> EngineError:
    allowed = f"1 ≤ x ≤ {MAX_WORD_TOKENS}"
    return EngineError("invalid_params", field="word", value=tokens, range=allowed)
