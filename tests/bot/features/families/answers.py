"""What a scripted engine answers about a sentence: causal, whole and crossed maps; a filled gap."""

from engine.explain import Attention, AttentionMap
from engine.filling import Filling, Gap, GapCandidate


def attention_of(request, target=(" Una", " gata", ".")):
    """Return two layers over the words of a text, with marks around it where it is whole."""
    words = request.text.split()
    text = tuple(word if i == 0 else f" {word}" for i, word in enumerate(words))
    if request.part == "encoder":
        text = ("[CLS]", *text, "[SEP]")
    rows = target if request.part == "cross" else text
    maps = tuple(
        AttentionMap(layer=layer, head=None, weights=_weights(len(rows), len(text), request.part))
        for layer in range(2)
    )
    return Attention(
        token_ids=tuple(range(len(rows))),
        tokens=rows,
        layers=2,
        heads=4,
        maps=maps,
        part=request.part,
        column_ids=tuple(range(len(text))) if request.part == "cross" else (),
        column_tokens=text if request.part == "cross" else (),
    )


def _weights(rows, columns, part):
    weights = []
    for i in range(rows):
        seen = i + 1 if part == "decoder" else columns
        weights.append(tuple(1 / seen if j < seen else 0.0 for j in range(columns)))
    return tuple(weights)


def filling_of(request, word="maúlla"):
    start = request.text.index("___")
    candidate = GapCandidate(
        token_id=5,
        text=word,
        piece=word,
        joins=False,
        is_special=False,
        raw_prob=0.31,
        raw_rank=1,
        hidden_prob=0.1,
        hidden_rank=3,
    )
    gap = Gap(
        start=start,
        end=start + 3,
        turn=0,
        has_right=True,
        candidates=(candidate,),
        hidden_candidates=(candidate,),
        entropy_bits=2.0,
        hidden_entropy_bits=3.0,
        chosen=candidate,
    )
    return Filling(
        request_id=request.request_id,
        model="huecos",
        revision=None,
        precision="exact",
        device="cpu",
        order=request.order,
        text=request.text.replace("___", word),
        gaps=(gap,),
        tokens=9,
        limit_tokens=64,
    )
