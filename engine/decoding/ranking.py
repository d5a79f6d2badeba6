"""Sample-and-rank: several independent samples, the most probable per token first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.decoding.sampling import Sampling
from engine.decoding.strategy import Hypothesis


class SampleAndRank(Sampling):
    """Draws `attempts` samples as `Sampling` does, and ranks them once they are there.

    The filters shape what is drawn; the ranking asks the model itself: log P / T, the raw
    log-probability over the number of tokens, an end token included. While the samples grow they
    keep their places, so that nobody who watches sees them jump.

    Source: Adiwardana et al. (2020), «Towards a human-like open-domain chatbot», §2.5; there
    N = 20, and the sampling has a temperature and no cut.
    """

    def score(self, hypothesis: Hypothesis) -> float:
        """Return the mean raw log-probability of a token, nats."""
        return hypothesis.logprob / len(hypothesis.token_ids)

    def results(self) -> Sequence[Hypothesis]:
        """Return the samples, best first, equals in the order of their dice."""
        dice = zip(self.task.dice, super().results(), strict=True)
        samples = [replace(sample, die=die) for die, sample in dice]
        return sorted(samples, key=lambda sample: -sample.score)
