"""A text with its gaps as an encoder's tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from engine.decoding.prompt import require_readable
from engine.errors import EngineError
from engine.filling.gaps import GapMark, find_gaps
from engine.models.loaded import LoadedModel


@dataclass(frozen=True)
class MaskedText:
    """What the model reads.

    Attributes:
        marks: The gaps in the text.
        ids: The whole text, with the tokenizer's special tokens around it.
        places: Index in `ids` of each gap.
        ending: Special tokens that the tokenizer puts behind a text.
        control_tokens: Names of special tokens that the text itself was read as.
    """

    marks: tuple[GapMark, ...]
    ids: tuple[int, ...]
    places: tuple[int, ...]
    ending: tuple[int, ...]
    control_tokens: tuple[str, ...]

    def has_right(self, gap: int) -> bool:
        """Tell whether anything stands on the right of a gap, given by its number."""
        return self.places[gap] + 1 + len(self.ending) < len(self.ids)

    def without_right(self, ids: Sequence[int], gap: int) -> list[int]:
        """Return a text that ends with a gap.

        Args:
            ids: As `ids`, perhaps with some gaps filled.
            gap: Its number.
        """
        return [*ids[: self.places[gap] + 1], *self.ending]


def read_gaps(loaded: LoadedModel, text: str) -> MaskedText:
    """Tokenize a text, each gap as the model's own mask.

    Raises:
        EngineError: invalid_params for a text without gaps, with gaps inside words, or too long
            (`reason` too_long, `value` its tokens, `limit` how many fit), and for a token that the
            model does not know; unsupported for a tokenizer without a mask.
    """
    tokenizer = loaded.tokenizer
    mask, mask_id = tokenizer.mask_token, tokenizer.mask_token_id
    if not isinstance(mask, str) or not isinstance(mask_id, int):
        raise EngineError("unsupported", reason="no_mask", model=loaded.name)
    marks = find_gaps(text, mask)
    encoding = tokenizer(
        _with_masks(text, marks, mask), return_special_tokens_mask=True, verbose=False
    )
    ids, added = list(encoding["input_ids"]), list(encoding["special_tokens_mask"])
    places = tuple(i for i, token in enumerate(ids) if token == mask_id)
    if len(places) != len(marks):
        raise EngineError("unsupported", reason="no_mask", model=loaded.name)
    _require_room(len(ids), loaded.n_positions)
    require_readable(loaded, "text", ids)
    ending = len(list(takewhile(bool, reversed(added))))
    return MaskedText(
        marks=marks,
        ids=tuple(ids),
        places=places,
        ending=tuple(ids[len(ids) - ending :]),
        control_tokens=_control_tokens(loaded, text, ids, mask_id),
    )


def _with_masks(text: str, marks: Sequence[GapMark], mask: str) -> str:
    ends = [0, *(mark.end for mark in marks)]
    starts = [*(mark.start for mark in marks), len(text)]
    return mask.join(text[end:start] for end, start in zip(ends, starts, strict=True))


def _require_room(tokens: int, limit: int) -> None:
    if tokens > limit:
        raise EngineError(
            "invalid_params",
            field="text",
            value=tokens,
            range=f"1 ≤ x ≤ {limit}",
            reason="too_long",
            limit=limit,
        )


def _control_tokens(
    loaded: LoadedModel, text: str, ids: Sequence[int], mask_id: int
) -> tuple[str, ...]:
    special = (token for token in ids if token != mask_id and loaded.vocabulary.is_special(token))
    names = dict.fromkeys(map(loaded.vocabulary.text_of, special))
    return tuple(name for name in names if name in text)
