"""Tokens of a prompt, cut to what the model can look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from engine.errors import EngineError
from engine.models.loaded import LoadedModel
from engine.text import Vocabulary, context_tail, text_after

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_ANY_TEXT = "a"


@dataclass(frozen=True)
class Encoding:
    """A tokenized text.

    Attributes:
        ids: What the tokenizer put before the text (a BOS) included, what it put after it not: a
            text that goes on has no end.
        leading: Special tokens that it put before the text.
    """

    ids: list[int]
    leading: int


@dataclass(frozen=True)
class EncodedPrompt:
    """What the model sees before the first new token.

    Attributes:
        ids: Prompt and prefix; of an encoder-decoder, what a target begins with and prefix.
        prompt_tokens: How many of them are the prompt's, special tokens included; or how many the
            source has.
        truncated_tokens: Tokens cut from the left, of a source from the right.
        prefix_text: What the prefix adds to the prompt's text.
        control_tokens: Names of special tokens that the prompt's own text was read as.
        source_ids: What an encoder reads; () where there is none.
        source_characters: As in `Completion`.
    """

    ids: tuple[int, ...]
    prompt_tokens: int
    truncated_tokens: int
    prefix_text: str = ""
    control_tokens: tuple[str, ...] = ()
    source_ids: tuple[int, ...] = ()
    source_characters: int | None = None


def encode(loaded: LoadedModel, text: str, field: str) -> Encoding:
    """Tokenize a text as it is, with the special tokens that belong before it.

    Args:
        loaded: Model and tokenizer.
        text: Never stripped.
        field: What it is called in an error.

    Raises:
        EngineError: invalid_params for a token that the model does not know.
    """
    ids, mask = tokenize(loaded.tokenizer, text)
    if all(mask):
        # Of a text without tokens, only another text tells what stands before and what behind.
        mask = tokenize(loaded.tokenizer, _ANY_TEXT)[1]
        leading = end = sum(takewhile(bool, mask))
    else:
        leading = sum(takewhile(bool, mask))
        end = len(ids) - sum(takewhile(bool, reversed(mask)))
    require_readable(loaded, field, ids[:end])
    return Encoding(ids[:end], leading)


def tokenize(
    tokenizer: PreTrainedTokenizerBase, text: str, *, adds_special: bool = True
) -> tuple[list[int], list[int]]:
    """Return the ids, and for each whether the tokenizer has added it to the text."""
    encoding = tokenizer(
        text, add_special_tokens=adds_special, return_special_tokens_mask=True, verbose=False
    )
    return list(encoding["input_ids"]), list(encoding["special_tokens_mask"])


def encode_prompt(
    loaded: LoadedModel, text: str, prefix_ids: Sequence[int], room: int
) -> EncodedPrompt:
    """Tokenize a prompt and keep its newest tokens, BOS included where there is one.

    Args:
        loaded: Model and tokenizer.
        text: The prompt; never stripped.
        prefix_ids: Tokens already generated after it.
        room: Tokens that fit before the first new one, ≥ 1.

    Raises:
        EngineError: empty_prompt without any token, invalid_params for a token that the model does
            not know.
    """
    require_known(loaded, "prefix_ids", prefix_ids)
    prompt = encode(loaded, text, "prompt")
    ids = [*prompt.ids, *prefix_ids]
    if not ids:
        raise EngineError("empty_prompt")
    kept = cut_left(ids, prompt.leading, room)
    truncated = len(ids) - len(kept)
    prompt_tokens = max(len(prompt.ids) - truncated, min(prompt.leading, len(kept)))
    before = context_tail(loaded.vocabulary, prompt.ids)
    return EncodedPrompt(
        tuple(kept),
        prompt_tokens,
        truncated,
        prefix_text=text_after(loaded.vocabulary, before, prefix_ids) if prefix_ids else "",
        control_tokens=control_tokens(loaded.vocabulary, text, prompt.ids[prompt.leading :]),
    )


def control_tokens(vocabulary: Vocabulary, text: str, own: Sequence[int]) -> tuple[str, ...]:
    """Name the special tokens that stand in a text; one for unknown characters does not.

    Args:
        vocabulary: Of the tokens.
        text: The text.
        own: Its tokens, without those that a tokenizer has added.
    """
    special = filter(vocabulary.is_special, own)
    names = dict.fromkeys(map(vocabulary.text_of, special))
    return tuple(name for name in names if name in text)


def cut_left(ids: list[int], leading: int, room: int) -> list[int]:
    """Keep the newest ids that fit, behind the leading special ones.

    Args:
        ids: Tokens.
        leading: Special tokens at the start that stay.
        room: Most tokens to keep, ≥ 1.
    """
    excess = max(0, len(ids) - room)
    leading = min(leading, room)
    return ids[:leading] + ids[leading + excess :]


def require_known(loaded: LoadedModel, field: str, ids: Sequence[int]) -> None:
    """Refuse ids outside the vocabulary.

    Raises:
        EngineError: invalid_params.
    """
    wrong = _unknown(loaded, ids)
    if wrong is not None:
        allowed = f"0 ≤ x < {loaded.vocab_size}"
        raise EngineError("invalid_params", field=field, value=wrong, range=allowed)


def require_readable(
    loaded: LoadedModel, field: str, ids: Sequence[int], vocabulary: Vocabulary | None = None
) -> None:
    """Refuse a text with a token that only its tokenizer knows, and not the model.

    Args:
        loaded: Model.
        field: What the text is called in an error.
        ids: The text.
        vocabulary: Of these tokens, where they are no target's.

    Raises:
        EngineError: invalid_params with the token's text as `value`, and its id as `token_id`.
    """
    wrong = _unknown(loaded, ids)
    if wrong is not None:
        raise EngineError(
            "invalid_params",
            field=field,
            value=(vocabulary or loaded.vocabulary).text_of(wrong),
            range="tokens of the model",
            token_id=wrong,
        )


def _unknown(loaded: LoadedModel, ids: Sequence[int]) -> int | None:
    return next((i for i in ids if not 0 <= i < loaded.vocab_size), None)
