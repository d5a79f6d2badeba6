"""How a tokenizer cuts a text: its pieces, their numbers, and the bytes that each stands for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from engine.explain.tokenization_values import Tokenization, TokenPiece, TokensRequest
from engine.models.loaded import LoadedModel, LoadedTokenizer
from engine.text import Vocabulary
from engine.utf8 import show_bytes

Span = tuple[int, int]

_SPACE_PIECE = "▁"


def tokenize(reader: LoadedModel | LoadedTokenizer, request: TokensRequest) -> Tokenization:
    """Cut a text as the model would get it, with the tokens that are added around it.

    Of an encoder-decoder that is the source, which may have a tokenizer of its own.
    """
    text = request.text
    tokenizer = getattr(reader.tokenizer, "of_sources", None) or reader.tokenizer
    is_shared = tokenizer is reader.tokenizer
    vocabulary = reader.vocabulary if is_shared else Vocabulary(tokenizer)
    ids, spans = _encoded(tokenizer, text)
    # A special token that is typed has no bytes of its own, but those that were typed.
    own = [
        text[start:end].encode() if vocabulary.is_special(i) else vocabulary.bytes_of(i)
        for i, (start, end) in zip(ids, spans, strict=True)
    ]
    is_exact = _is_text(b"".join(own), text)
    if is_exact:
        data, joins = own, _cut_characters(own)
    else:
        data, joins = _by_spans(vocabulary, text, ids, spans)
    unknown = tokenizer.unk_token_id
    return Tokenization(
        model=reader.name,
        text=text,
        tokens=tuple(
            TokenPiece(
                token_id=token_id,
                piece=str(tokenizer.convert_ids_to_tokens(token_id)),
                data_hex=data[i].hex(),
                text=show_bytes(data[i]) or vocabulary.text_of(token_id),
                joins=joins[i],
                is_special=vocabulary.is_special(token_id)
                and not (token_id == unknown and data[i]),
                is_unknown=token_id == unknown and bool(data[i]),
            )
            for i, token_id in enumerate(ids)
        ),
        vocab_size=len(tokenizer),
        n_positions=reader.n_positions,
        is_exact=is_exact,
        read_as=_read_as(tokenizer, text),
    )


def _encoded(tokenizer: Any, text: str) -> tuple[list[int], list[Span]]:
    """Return the ids, and for each the place in the text that it was made of."""
    encoding = tokenizer(text, return_offsets_mapping=True, verbose=False)
    return list(encoding["input_ids"]), [tuple(span) for span in encoding["offset_mapping"]]


def _is_text(joined: bytes, text: str) -> bool:
    data = text.encode()
    return joined in (data, b" " + data, data + b" ")


def _cut_characters(data: Sequence[bytes]) -> list[str]:
    """Return for each token the characters that it has only a part of.

    Args:
        data: What each token stands for; together whole characters.
    """
    text = b"".join(data).decode()
    borders = [0, *accumulate(len(char.encode()) for char in text)]
    known = frozenset(borders)
    found, start = [], 0
    for part in data:
        end = start + len(part)
        cut = {bisect_right(borders, place) - 1 for place in (start, end) if place not in known}
        found.append("".join(text[i] for i in sorted(cut)))
        start = end
    return found


def _by_spans(
    vocabulary: Vocabulary, text: str, ids: Sequence[int], spans: Sequence[Span]
) -> tuple[list[bytes], list[str]]:
    """Give each token the part of the text that it was made of.

    Tokens of one same part, as the bytes of a character have, keep their own bytes.
    """
    data, joins = [], []
    for i, (token_id, (start, end)) in enumerate(zip(ids, spans, strict=True)):
        neighbours = (*spans[max(i - 1, 0) : i], *spans[i + 1 : i + 2])
        is_part = start < end and (start, end) in neighbours
        data.append(vocabulary.bytes_of(token_id) if is_part else text[start:end].encode())
        joins.append(text[start:end] if is_part else "")
    return data, joins


def _read_as(tokenizer: Any, text: str) -> str | None:
    """Return the text as the tokenizer changes it first; a mark for spaces is no change."""
    normalizer = tokenizer.backend_tokenizer.normalizer
    if normalizer is None:
        return None
    changed = str(normalizer.normalize_str(text)).replace(_SPACE_PIECE, " ")
    changed = changed if text.startswith(" ") else changed.removeprefix(" ")
    return None if changed == text else changed
