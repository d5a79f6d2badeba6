"""What the workshop's notebook stores, once: whoever shows one of its numbers reads it here.

Only what is known of it: four rows of its first table, three log-probabilities and the settings of
its cells. What is not here is not known, and nobody may show it as the notebook's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StrategyName = Literal["greedy", "beam", "beam_ngram"]
SampledName = Literal["sample_hot", "sample_cold", "top_k", "top_p"]


@dataclass(frozen=True, kw_only=True)
class FirstChoice:
    """The most probable token of a step, which greedy takes.

    Attributes:
        token: As the notebook prints it, without the space that may stand before it.
        percent: Raw probability, 0–100, with the two decimals that the notebook prints.
    """

    token: str
    percent: float


@dataclass(frozen=True, kw_only=True)
class Written:
    """A text that the notebook writes from the unicorns without a die, and what it sums of it.

    Attributes:
        name: The one of the same strategy in the duel.
        num_beams: 1 for greedy.
        no_repeat_ngram_size: 0 for off.
        logprob: Raw log-probability in nats, *without the first new token*: the notebook slices an
            array that is already shifted by one at the length of the prompt.
    """

    name: StrategyName
    num_beams: int
    no_repeat_ngram_size: int
    logprob: float


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """The settings of a text that the notebook draws; the text itself is not known.

    Attributes:
        name: The one of the same strategy in the duel.
        temperature: 1 for off.
        top_k: 0 for off; None where the notebook does not name it, and transformers puts
            `HIDDEN_TOP_K` there.
        top_p: 1 for off.
    """

    name: SampledName
    temperature: float = 1.0
    top_k: int | None = 0
    top_p: float = 1.0


MODEL = "mrm8488/spanish-gpt2"
PARAMETERS_MILLIONS = 124.4
CELLS, CODE_CELLS = 42, 17
SEED = 42

LOVE_PROMPT = "El amor es eterno mientras dura. "
"""Of the table; the space at its end is the notebook's, and changes the first token."""
GREEDY_STEPS, GREEDY_CHOICES = 12, 5
FIRST_CHOICES = (
    FirstChoice(token="Ésta", percent=38.28),
    FirstChoice(token="es", percent=84.32),
    FirstChoice(token="la", percent=54.23),
    FirstChoice(token="historia", percent=12.52),
)
"""Of the first four of the `GREEDY_STEPS`; of the others nothing is known."""

UNICORN_PROMPT = (
    "En un hallazgo impactante, un científico descubrió una manada de unicornios que vivía en un "
    "valle remoto de los Andes. "
)
"""Of the texts. The notebook's too ends in a space, but its words may be others."""
IS_UNICORN_PROMPT_EXACT = False

MAX_LENGTH = 128
"""Of prompt and new tokens together, which is what transformers calls `max_length`."""

WRITTEN = (
    Written(name="greedy", num_beams=1, no_repeat_ngram_size=0, logprob=-45.07),
    Written(name="beam", num_beams=5, no_repeat_ngram_size=0, logprob=-44.11),
    Written(name="beam_ngram", num_beams=5, no_repeat_ngram_size=2, logprob=-95.42),
)

HIDDEN_TOP_K = 50
"""What transformers takes where neither the call nor the checkpoint says a top-k."""
SAMPLED = (
    Sampled(name="sample_hot", temperature=2.0),
    Sampled(name="sample_cold", temperature=0.75),
    Sampled(name="top_k", top_k=200),
    Sampled(name="top_p", top_k=None, top_p=0.5),
)


def written(name: StrategyName) -> Written:
    """Return what the notebook says of a text that it writes without a die."""
    return next(one for one in WRITTEN if one.name == name)


def sampled(name: SampledName) -> Sampled:
    """Return the settings of a text that the notebook draws."""
    return next(one for one in SAMPLED if one.name == name)
