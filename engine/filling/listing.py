"""The candidates of a gap: the best ones with and without its right side, and words asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.filling.reading import Chances
from engine.filling.splicing import Splicer
from engine.filling.values import AskedWord, FillRequest, GapCandidate
from engine.models.loaded import LoadedModel
from engine.words import WordList


@dataclass(frozen=True, kw_only=True)
class Listed:
    """What is said of a gap; see `Gap`."""

    candidates: tuple[GapCandidate, ...]
    hidden_candidates: tuple[GapCandidate, ...]
    chosen: GapCandidate | None
    banned_prob: float
    asked: tuple[AskedWord, ...]


class Listing:
    """Lists the candidates of the gaps of one text.

    Args:
        loaded: Model and tokenizer.
        request: How many, and which words besides.
        splicer: Reads tokens in the gaps.
        word_list: Words that are neither listed nor written.
    """

    def __init__(
        self, loaded: LoadedModel, request: FillRequest, splicer: Splicer, word_list: WordList
    ) -> None:
        self._loaded = loaded
        self._request = request
        self._splicer = splicer
        self._word_list = word_list
        # Else every token would be one too many, whatever it is.
        self._reads_all = not word_list.is_in(request.text)

    def of(self, gap: int, chances: Chances, hidden: Chances, written: Mapping[int, int]) -> Listed:
        """List one gap.

        Args:
            gap: Its number.
            chances: With both sides.
            hidden: With the right side hidden.
            written: What stands in other gaps.
        """
        best, banned = self._best(gap, chances, written)
        best_hidden, _ = self._best(gap, hidden, written)
        chosen = self._chosen(gap, chances, written)

        def candidate(token_id: int) -> GapCandidate:
            return self._candidate(token_id, gap, chances, hidden)

        return Listed(
            candidates=tuple(map(candidate, best)),
            hidden_candidates=tuple(map(candidate, best_hidden)),
            chosen=None if chosen is None else candidate(chosen),
            banned_prob=sum(map(chances.prob, banned)),
            asked=tuple(self._asked(word, gap, chances, hidden) for word in self._request.words),
        )

    def _best(
        self, gap: int, chances: Chances, written: Mapping[int, int]
    ) -> tuple[list[int], list[int]]:
        """Return the best tokens, and the better ones that may not be listed."""
        best: list[int] = []
        banned: list[int] = []
        for token in chances.ranked:
            if len(best) == self._request.top_n:
                break
            (banned if self._is_banned(token, gap, written) else best).append(token)
        return best, banned

    def _chosen(self, gap: int, chances: Chances, written: Mapping[int, int]) -> int | None:
        possible = (
            token
            for token in chances.ranked
            if self._splicer.can_write(token) and not self._is_banned(token, gap, written)
        )
        return next(possible, None)

    def _is_banned(self, token: int, gap: int, written: Mapping[int, int]) -> bool:
        if not self._request.bad_words or not self._splicer.can_write(token):
            return False
        if not self._reads_all:
            return self._word_list.is_in(self._splicer.read(token, gap).text)
        return self._word_list.is_in(self._splicer.fill({**written, gap: token}))

    def _candidate(
        self, token_id: int, gap: int, chances: Chances, hidden: Chances
    ) -> GapCandidate:
        vocabulary = self._loaded.vocabulary
        reading = self._splicer.read(token_id, gap)
        piece = self._loaded.tokenizer.convert_ids_to_tokens(token_id)
        return GapCandidate(
            token_id=token_id,
            text=reading.text,
            piece=piece if isinstance(piece, str) else vocabulary.text_of(token_id),
            joins=reading.joins,
            is_special=vocabulary.is_special(token_id),
            raw_prob=chances.prob(token_id),
            raw_rank=chances.rank(token_id),
            hidden_prob=hidden.prob(token_id),
            hidden_rank=hidden.rank(token_id),
        )

    def _asked(self, word: str, gap: int, chances: Chances, hidden: Chances) -> AskedWord:
        """Find a word as one token: of its spellings in the gap, the likeliest."""
        spellings = {f" {word.strip()}", word.strip()}
        encoded = [
            self._loaded.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
            for text in spellings
        ]
        single = [
            ids[0]
            for ids in encoded
            if len(ids) == 1
            and self._splicer.can_write(ids[0])
            and not self._splicer.read(ids[0], gap).joins
        ]
        found = max(single, key=chances.prob, default=None)
        return AskedWord(
            word=word,
            tokens=1 if found is not None else max(2, min(map(len, encoded))),
            candidate=None if found is None else self._candidate(found, gap, chances, hidden),
        )
