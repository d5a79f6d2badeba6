"""Answers about the inside of a model of any size, for screens and pictures."""

import math
import random

from engine.explain import (
    Attention,
    AttentionMap,
    AttentionRequest,
    LensCandidate,
    LensRow,
    LogitLens,
    LogitLensRequest,
    Neighbour,
    TokenVectors,
    TokenVectorsRequest,
    Vector,
)
from tests.bot.scripted import WORDS


def word(token_id, words=WORDS):
    return words[token_id % len(words)]


def attention(ids, layers=3, heads=4, layer=None, head=None, words=WORDS, seed=0):
    """Return causal maps: rows sum to 1, and the future weighs nothing."""

    def one(number, of):
        rng = random.Random(f"{seed} {number} {of}")
        rows = []
        for i in range(len(ids)):
            weights = [rng.random() ** 4 + 1e-6 for _ in range(i + 1)]
            total = sum(weights)
            rows.append((*(w / total for w in weights), *[0.0] * (len(ids) - 1 - i)))
        return AttentionMap(layer=number, head=of, weights=tuple(rows))

    if layer is None:
        maps = [one(number, None) for number in range(layers)]
    else:
        maps = [one(layer, of) for of in (range(heads) if head is None else (head,))]
    tokens = tuple(word(i, words) for i in ids)
    return Attention(
        token_ids=tuple(ids), tokens=tokens, layers=layers, heads=heads, maps=tuple(maps)
    )


def lens(ids, target, layers=3, found_at=2, words=WORDS):
    """Return a lens whose layers say the token `target` from layer `found_at` on."""
    rows = []
    for layer in range(layers + 1):
        others = [i for i in range(8) if i != target][:5]
        order = [target, *others[:4]] if layer >= found_at else others
        probs = [0.5 / (rank + 1) for rank in range(5)]
        candidates = [
            LensCandidate(token_id=i, text=word(i, words), prob=p, rank=rank)
            for rank, (i, p) in enumerate(zip(order, probs, strict=True), start=1)
        ]
        if target not in order:
            text = word(target, words)
            candidates.append(LensCandidate(token_id=target, text=text, prob=0.001, rank=900))
        rows.append(LensRow(layer=layer, entropy_bits=3.0, candidates=tuple(candidates)))
    return LogitLens(tokens=tuple(word(i, words) for i in ids), target=target, rows=tuple(rows))


def vectors(ids, position=None, neighbours=5, layers=3, size=320, words=WORDS):
    """Return vectors that grow from layer to layer."""
    rng = random.Random(7)

    def vector(scale):
        numbers = tuple(scale * rng.gauss(0, 1) for _ in range(min(size, 64)))
        return Vector(size=size, norm=scale * math.sqrt(size), components=numbers)

    return TokenVectors(
        token_ids=tuple(ids),
        tokens=tuple(word(i, words) for i in ids),
        position=len(ids) - 1 if position is None else position,
        embedding=vector(0.1),
        states=tuple(vector(10.0**layer) for layer in range(layers + 1)),
        neighbours=tuple(
            Neighbour(token_id=i, text=word(i, words), cosine=0.9 - i / 10)
            for i in range(neighbours)
        ),
    )


def answering(layers=3, heads=4, found_at=2):
    """Return an `Engine.explain` for a scripted engine, and the list of what it was asked."""
    asked = []

    async def explain(request):
        asked.append(request)
        ids = request.context_ids
        if isinstance(request, LogitLensRequest):
            return lens(ids, request.target, layers, found_at)
        if isinstance(request, TokenVectorsRequest):
            return vectors(ids, request.position, request.neighbours, layers)
        assert isinstance(request, AttentionRequest)
        return attention(ids, layers, heads, request.layer, request.head)

    return explain, asked
