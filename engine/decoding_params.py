"""The settings of decoding: the only definition of their ranges and units."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, get_args

from engine.validation import (
    NumberRange,
    integers,
    invalid,
    is_text,
    members,
    require_choice,
)
from engine.values import Value

StrategyName = Literal[
    "greedy", "sample", "beam", "sample_and_rank", "beam_sample", "contrastive", "diverse_beam"
]
STRATEGIES: tuple[str, ...] = get_args(StrategyName)
UNBATCHED_STRATEGIES: tuple[str, ...] = ("contrastive",)
MAX_CONTRASTIVE_CANDIDATES = 64
MAX_NEW_TOKENS_LIMIT = 4096
LEAST_TEMPERATURE = 1e-30
"""Below it, logits divided by the temperature leave the numbers of float32."""


RANGES: Mapping[str, NumberRange] = MappingProxyType(
    {
        "max_new_tokens": integers(1, MAX_NEW_TOKENS_LIMIT),
        "temperature": NumberRange(low=0.0, high=5.0, step=0.05),
        "top_k": integers(0, math.inf),
        "top_p": NumberRange(low=0.0, high=1.0, step=0.01, low_open=True),
        "typical_p": NumberRange(low=0.0, high=1.0, step=0.01, low_open=True),
        "min_p": NumberRange(low=0.0, high=1.0, step=0.005),
        "epsilon_cutoff": NumberRange(low=0.0, high=1.0, step=0.0001, high_open=True),
        "eta_cutoff": NumberRange(low=0.0, high=1.0, step=0.0001, high_open=True),
        "repetition_penalty": NumberRange(low=0.1, high=10.0, step=0.05),
        "no_repeat_ngram_size": integers(0, 10),
        "num_beams": integers(1, 8),
        "length_penalty": NumberRange(low=-5.0, high=5.0, step=0.1),
        "attempts": integers(1, 10),
        "top_h": NumberRange(low=0.0, high=1.0, step=0.01, low_open=True),
        "min_new_tokens": integers(0, MAX_NEW_TOKENS_LIMIT),
        "penalty_alpha": NumberRange(low=0.0, high=1.0, step=0.05),
        "num_beam_groups": integers(1, 8),
        "diversity_penalty": NumberRange(low=0.0, high=10.0, step=0.1),
        "sentence_end_tokens": integers(0, 256),
    }
)
"""Range of every numeric field of `DecodingParams`. The vocabulary bounds `top_k` at admission.

Callers store places in this order: new fields go to the end.
"""


class FilterFacts(NamedTuple):
    """What is known of a filter without its arithmetic, which `engine.decoding.stages` has.

    Attributes:
        processor: Name of transformers' class, or of the recipe's where `is_own`.
        looser: Where the values lie that can let a removed token in, "off" of a switch; None where
            no change of this setting is ever proposed for that.
        is_own: Whether transformers has no such filter.
    """

    processor: str
    looser: Literal["above", "below", "either", "off"] | None
    is_own: bool = False

    @property
    def is_warper(self) -> bool:
        """Tell whether it works only in sampling."""
        return self.processor.endswith("Warper")


FILTERS: Mapping[str, FilterFacts] = MappingProxyType(
    {
        "repetition_penalty": FilterFacts("RepetitionPenaltyLogitsProcessor", "either"),
        "no_repeat_ngram_size": FilterFacts("NoRepeatNGramLogitsProcessor", "either"),
        "min_new_tokens": FilterFacts("MinNewTokensLengthLogitsProcessor", None),
        "whole_word_start": FilterFacts("WholeWordStart", "off", is_own=True),
        "plain_text": FilterFacts("PlainText", "off", is_own=True),
        "sentence_end_tokens": FilterFacts("SentenceEnd", None, is_own=True),
        "temperature": FilterFacts("TemperatureLogitsWarper", "either"),
        "top_h": FilterFacts("TopHLogitsWarper", "above"),
        "top_k": FilterFacts("TopKLogitsWarper", "above"),
        "top_p": FilterFacts("TopPLogitsWarper", "above"),
        "min_p": FilterFacts("MinPLogitsWarper", "below"),
        "typical_p": FilterFacts("TypicalLogitsWarper", "above"),
        "epsilon_cutoff": FilterFacts("EpsilonLogitsWarper", "below"),
        "eta_cutoff": FilterFacts("EtaLogitsWarper", "below"),
    }
)
"""Every filter that has a setting of its own, in the order in which transformers applies them.

Those that are not transformers' stand where it applies a caller's own.
"""

EARLY_STOPPING: tuple[bool | str, ...] = (False, True, "never")

SWITCHES: tuple[str, ...] = ("whole_word_start", "plain_text")
"""Fields of `DecodingParams` that are only on or off."""


@dataclass(frozen=True, kw_only=True)
class DecodingParams(Value):
    """Decoding settings under transformers' names; every filter is off by default.

    Attributes:
        whole_word_start: The first new token may not go on with the prompt's last word.
        plain_text: No token may write markup, an empty line or a broken character, unless
            the prompt has such.
        sentence_end_tokens: So many tokens may come behind `max_new_tokens`, up to the end of a
            sentence, where the text then ends.

    Raises:
        EngineError: invalid_params with `field`, `value` and `range`.
    """

    strategy: StrategyName = "greedy"
    max_new_tokens: int = 64
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    typical_p: float = 1.0
    min_p: float = 0.0
    epsilon_cutoff: float = 0.0
    eta_cutoff: float = 0.0
    repetition_penalty: float = 1.0
    no_repeat_ngram_size: int = 0
    num_beams: int = 1
    length_penalty: float = 1.0
    early_stopping: bool | Literal["never"] = False
    attempts: int = 1
    bad_words: tuple[str, ...] = ()
    top_h: float = 1.0
    min_new_tokens: int = 0
    stop: tuple[str, ...] = ()
    penalty_alpha: float = 0.0
    num_beam_groups: int = 1
    diversity_penalty: float = 0.0
    whole_word_start: bool = False
    plain_text: bool = False
    sentence_end_tokens: int = 0

    def __post_init__(self) -> None:
        require_choice("strategy", self.strategy, STRATEGIES)
        if not (isinstance(self.early_stopping, bool) or self.early_stopping == "never"):
            raise invalid("early_stopping", self.early_stopping, "False, True, 'never'")
        for name in SWITCHES:
            if not isinstance(getattr(self, name), bool):
                raise invalid(name, getattr(self, name), "False, True")
        for name, number_range in RANGES.items():
            value = getattr(self, name)
            if not number_range.contains(value):
                raise invalid(name, value, str(number_range))
        words = members("bad_words", self.bad_words, "words")
        if not all(isinstance(word, str) and word.strip() for word in words):
            raise invalid("bad_words", self.bad_words, "words")
        object.__setattr__(self, "bad_words", words)
        strings = members("stop", self.stop, "texts")
        if not all(is_text(string) and string for string in strings):
            raise invalid("stop", self.stop, "texts")
        object.__setattr__(self, "stop", strings)

    def resolved(self) -> DecodingParams:
        """Return the settings with the strategy that they really mean.

        Temperature 0, or as good as 0, is the limit in which a draw takes the most probable:
        sampling becomes greedy search, and beam sampling beam search. One beam keeps only one
        continuation: beam search becomes greedy search, and beam sampling sampling. One group of
        beams has no other to keep off: diverse beam search becomes beam search. Contrastive search
        without a penalty, or with fewer than two candidates, has nothing to weigh and is greedy
        search.
        """
        strategy = self.strategy
        if self.is_sampled and self.is_frozen:
            strategy = "beam" if self.is_beam else "greedy"
        if self.is_beam and self.num_beams == 1:
            strategy = "sample" if strategy == "beam_sample" else "greedy"
        if strategy == "diverse_beam" and self.num_beam_groups == 1:
            strategy = "beam"
        if strategy == "contrastive" and (self.penalty_alpha == 0 or self.top_k < 2):
            strategy = "greedy"
        return self if strategy == self.strategy else replace(self, strategy=strategy)

    def after(self, tokens: int) -> DecodingParams:
        """Return the settings of the rest of a text, which ends where the whole would.

        At least one token comes. Behind `max_new_tokens` the first of the rest is its limit, and
        the others are those that are left to end the sentence.

        Args:
            tokens: How many new tokens of the text are written.
        """
        behind = max(0, tokens + 1 - self.max_new_tokens)
        return replace(
            self,
            max_new_tokens=max(1, self.max_new_tokens - tokens),
            min_new_tokens=max(0, self.min_new_tokens - tokens),
            sentence_end_tokens=max(0, self.sentence_end_tokens - behind),
        )

    @property
    def is_sampled(self) -> bool:
        """Tell whether the strategy throws a die, and the sampling filters count."""
        return self.strategy in ("sample", "sample_and_rank", "beam_sample")

    @property
    def is_frozen(self) -> bool:
        """Tell of a temperature at which a draw takes the most probable."""
        return self.temperature < LEAST_TEMPERATURE

    @property
    def is_beam(self) -> bool:
        """Tell whether the strategy weighs whole hypotheses by their processed scores."""
        return self.strategy in ("beam", "beam_sample", "diverse_beam")

    @property
    def draws_tokens(self) -> bool:
        """Tell whether every token of every attempt has a die of its own."""
        return self.is_sampled and not self.is_beam

    @property
    def queue_places(self) -> int:
        """Places that a request with these settings takes in the queue: one per attempt."""
        return 1 if "attempts" in self.resolved().ignored else self.attempts

    @property
    def ignored(self) -> tuple[str, ...]:
        """Fields that do nothing under the strategy, whatever their value."""
        return _WITHOUT_EFFECT[self.strategy]

    def inactive(self) -> tuple[str, ...]:
        """Name the fields that differ from their default and do nothing under the strategy."""
        return tuple(
            name for name in self.resolved().ignored if getattr(self, name) != _DEFAULTS[name]
        )


_SAMPLING_ONLY = tuple(name for name in RANGES if name in FILTERS and FILTERS[name].is_warper)
_BEAM_ONLY = ("num_beams", "length_penalty", "early_stopping")
_CONTRASTIVE_ONLY = ("penalty_alpha",)
_DIVERSE_ONLY = ("num_beam_groups", "diversity_penalty")
_WITHOUT_EFFECT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "greedy": (*_SAMPLING_ONLY, *_BEAM_ONLY, *_CONTRASTIVE_ONLY, *_DIVERSE_ONLY, "attempts"),
        "sample": (*_BEAM_ONLY, *_CONTRASTIVE_ONLY, *_DIVERSE_ONLY),
        "sample_and_rank": (*_BEAM_ONLY, *_CONTRASTIVE_ONLY, *_DIVERSE_ONLY),
        "beam": (*_SAMPLING_ONLY, *_CONTRASTIVE_ONLY, *_DIVERSE_ONLY),
        "beam_sample": (*_CONTRASTIVE_ONLY, *_DIVERSE_ONLY),
        "diverse_beam": (*_SAMPLING_ONLY, *_CONTRASTIVE_ONLY),
        "contrastive": (
            *(name for name in _SAMPLING_ONLY if name != "top_k"),
            *_BEAM_ONLY,
            *_DIVERSE_ONLY,
            "attempts",
        ),
    }
)
_DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {name: spec.default for name, spec in DecodingParams.__dataclass_fields__.items()}
)
