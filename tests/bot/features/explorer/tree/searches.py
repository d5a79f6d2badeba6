"""Beam searches over random log-probabilities, as the tree of beams shows them."""

import math
import random

from bot.features.explorer.tree.words import tree_view
from engine import DecodingParams
from tests.bot.beams import search

WORDS = (
    " amor", " vida", " mar", " ñandú", " 🦄", "雪", "⟨C3⟩", "\n", " مرحبا", "<eos>",
    " extraordinariamente", " y", " que", " de", " la", ".", " los", " Andes", " él", " unicornio",
)  # fmt: skip


EOS = 9


def logprobs(seed):
    """Return random log-probabilities that depend on the path only."""

    def at(step, ids):
        rng = random.Random(f"{seed} {step} {ids}")
        weights = [math.exp(2 * rng.gauss(0, 1)) for _ in WORDS]
        total = sum(weights)
        return {i: (WORDS[i], math.log(w / total)) for i, w in enumerate(weights)}

    return at


def view_of(beams=3, steps=12, at=5, seed=1, attempt=0, **settings):
    tree = search(logprobs(seed), steps, beams, eos={EOS}, winners=min(2, beams))
    return tree_view(
        tree, DecodingParams(strategy="beam", num_beams=beams, **settings), attempt, at
    )


VIEW = view_of()
