"""Tokenizers of sentencepiece whose vocabulary is a file of its own, as Marian and M2M100 have.

transformers has them in Python only, and each is set to one language and one side at a time. Here
sentencepiece itself cuts the text, which only reads its model, so threads may share it; and one
tokenizer serves one side for good.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sentencepiece import SentencePieceProcessor
from tokenizers import AddedToken, Tokenizer, decoders, models
from transformers import BatchEncoding, M2M100Tokenizer, MarianTokenizer, PreTrainedTokenizerFast

_CODE = re.compile(r">>.*?<<", re.DOTALL)
"""What a text for a Marian model with several target languages begins with."""


class _Piece(NamedTuple):
    """A piece, and the place in the text that it was made of: all of its part where nobody asks."""

    text: str
    start: int
    end: int


class PieceTokenizer(PreTrainedTokenizerFast):
    """Cuts a text by sentencepiece, and numbers the pieces by another vocabulary.

    Args:
        pieces: Cuts the text.
        vocabulary: Number of each piece; what has none gets the unknown token's.
        added: Tokens that are found in a text before it is cut.
        before: Ids that stand before every text.
        behind: Ids that stand behind it.
        has_codes: Whether a text may begin with the code of a language.
        of_sources: Tokenizer of the other side, where it is not this one.
        lang_code_to_id: Languages → their tokens, which are no text.
        cur_lang_id: The language among `before`.
        **kwargs: As for `PreTrainedTokenizerFast`.
    """

    def __init__(
        self,
        *,
        pieces: SentencePieceProcessor,
        vocabulary: Mapping[str, int],
        added: Sequence[AddedToken],
        before: Sequence[int] = (),
        behind: Sequence[int] = (),
        has_codes: bool = False,
        of_sources: PieceTokenizer | None = None,
        lang_code_to_id: Mapping[str, int] | None = None,
        cur_lang_id: int | None = None,
        **kwargs: Any,
    ) -> None:
        backend = Tokenizer(models.WordLevel(dict(vocabulary), unk_token=str(kwargs["unk_token"])))
        backend.decoder = decoders.Metaspace()
        backend.add_special_tokens([token for token in added if token.special])
        backend.add_tokens([token for token in added if not token.special])
        names_of = {i: name for name, i in vocabulary.items()}
        languages = [names_of[i] for i in (lang_code_to_id or {}).values()]
        backend.add_special_tokens([AddedToken(name, special=True) for name in languages])
        super().__init__(tokenizer_object=backend, **kwargs)  # type: ignore[no-untyped-call]
        self._pieces = pieces
        self._numbers = dict(vocabulary)
        self._unknown = self._numbers[str(kwargs["unk_token"])]
        # The longest first, as it is the one that counts.
        names = sorted((token.content for token in added), key=len, reverse=True)
        self._added = re.compile("|".join(map(re.escape, names)))
        self._before, self._behind = tuple(before), tuple(behind)
        self._has_codes = has_codes
        self.of_sources = of_sources
        self.lang_code_to_id = dict(lang_code_to_id or {})
        self.cur_lang_id = cur_lang_id

    def _encode_plus(self, text: Any, *_args: Any, **kwargs: Any) -> BatchEncoding:
        """Return ids and what else is asked for, of one text or several."""
        is_single = isinstance(text, str)
        columns = [self._encoded(one, **kwargs) for one in ([text] if is_single else text)]
        if is_single:
            return BatchEncoding(columns[0])
        return BatchEncoding({name: [column[name] for column in columns] for name in columns[0]})

    def _encoded(
        self,
        text: str,
        *,
        add_special_tokens: bool = True,
        return_special_tokens_mask: bool = False,
        return_offsets_mapping: bool = False,
        **_kwargs: Any,
    ) -> dict[str, Any]:
        before, behind = (self._before, self._behind) if add_special_tokens else ((), ())
        found = list(self._cut(text, has_places=return_offsets_mapping))
        own = [self._numbers.get(piece.text, self._unknown) for piece in found]
        ids = [*before, *own, *behind]
        columns: dict[str, Any] = {"input_ids": ids, "attention_mask": [1] * len(ids)}
        if return_special_tokens_mask:
            columns["special_tokens_mask"] = [
                *[1] * len(before),
                *[0] * len(own),
                *[1] * len(behind),
            ]
        if return_offsets_mapping:
            spans = [(piece.start, piece.end) for piece in found]
            columns["offset_mapping"] = [*[(0, 0)] * len(before), *spans, *[(0, 0)] * len(behind)]
        return columns

    def _cut(self, text: str, *, has_places: bool) -> Iterator[_Piece]:
        """Yield the pieces of a text, and the tokens that stand in it by name."""
        start = 0
        for match in self._added.finditer(text):
            yield from self._pieces_of(text[start : match.start()], start, has_places)
            yield _Piece(match.group(), match.start(), match.end())
            start = match.end()
        yield from self._pieces_of(text[start:], start, has_places)

    def _pieces_of(self, text: str, start: int, has_places: bool) -> Iterator[_Piece]:
        code = _CODE.match(text) if self._has_codes else None
        if code is not None:
            yield _Piece(code.group(), start, start + code.end())
            start, text = start + code.end(), text[code.end() :]
        if not has_places:
            for name in self._pieces.encode(text, out_type=str):
                yield _Piece(name, start, start + len(text))
            return
        data = text.encode()
        for piece in self._pieces.encode(text, return_type="proto").pieces:
            first, last = (len(data[:place].decode()) for place in (piece.begin, piece.end))
            yield _Piece(piece.piece, start + first, start + last)


def convert_marian(folder: Path) -> PreTrainedTokenizerFast:
    """Read a folder's Marian tokenizers, the targets' with the sources' beside it."""
    original: Any = MarianTokenizer.from_pretrained(folder)
    target = original.target_encoder if original.separate_vocabs else original.encoder
    shared = {
        "added": tuple(original.added_tokens_decoder.values()),
        "behind": (original.eos_token_id,),
        "has_codes": True,
        "model_max_length": original.model_max_length,
        **original.special_tokens_map,
    }
    return PieceTokenizer(
        pieces=original.spm_target,
        vocabulary=target,
        of_sources=PieceTokenizer(
            pieces=original.spm_source, vocabulary=original.encoder, **shared
        ),
        **shared,
    )


def convert_m2m100(folder: Path) -> PreTrainedTokenizerFast:
    """Read a folder's M2M100 tokenizer, which has a token for every language."""
    original: Any = M2M100Tokenizer.from_pretrained(folder)
    return PieceTokenizer(
        pieces=original.sp_model,
        vocabulary={**original.encoder, **original.lang_token_to_id},
        added=tuple(original.added_tokens_decoder.values()),
        before=tuple(original.prefix_tokens),
        behind=tuple(original.suffix_tokens),
        lang_code_to_id=original.lang_code_to_id,
        cur_lang_id=original.cur_lang_id,
        model_max_length=original.model_max_length,
        **original.special_tokens_map,
    )
