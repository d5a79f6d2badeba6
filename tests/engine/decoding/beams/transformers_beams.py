"""The beam searches of transformers, to compare with."""

import random

import numpy as np
import torch

from engine import DecodingParams


def draw_in_turn(probs, count, seed, t):
    """Draw without replacement by the book: sort, throw, take out, scale to 1 again."""
    weights = probs.numpy().astype(np.float64)
    order = sorted(range(len(weights)), key=lambda i: (-weights[i], i))
    drawn = []
    for k in range(min(count, int((weights > 0).sum()))):
        u = random.Random(f"{seed}:{k}:{t}").random()
        left = [i for i in order if i not in drawn]
        cumulative = np.cumsum(weights[left])
        drawn.append(left[int(np.searchsorted(cumulative, u * cumulative[-1], side="right"))])
    rest = [i for i in order if i not in drawn]
    return drawn + rest[: count - len(drawn)]


def transformers_draws(monkeypatch, loaded, prompt_ids, params, seed):
    """`generate()` with our die in the place of torch's generator."""
    steps = []

    def multinomial(probs, num_samples):
        steps.append(draw_in_turn(probs[0], num_samples, seed, len(steps)))
        return torch.tensor([steps[-1]])

    ids = torch.tensor([prompt_ids])
    off = DecodingParams()
    warpers = {
        name: getattr(params, name) if getattr(params, name) != getattr(off, name) else None
        for name in ("min_p", "typical_p", "epsilon_cutoff", "eta_cutoff", "top_p")
    }
    with monkeypatch.context() as patch:
        patch.setattr(torch, "multinomial", multinomial)
        output = loaded.model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=True,
            temperature=float(params.temperature),
            top_k=params.top_k,
            **{name: value for name, value in warpers.items() if value is not None},
            max_new_tokens=params.max_new_tokens,
            num_beams=params.num_beams,
            num_return_sequences=params.attempts,
            length_penalty=params.length_penalty,
            early_stopping=params.early_stopping,
            repetition_penalty=params.repetition_penalty,
            no_repeat_ngram_size=params.no_repeat_ngram_size,
            eos_token_id=sorted(loaded.eos_ids),
            pad_token_id=0,
            return_dict_in_generate=True,
            output_scores=True,
        )
    new = [sequence[len(prompt_ids) :].tolist() for sequence in output.sequences]
    return new, output.sequences_scores.tolist()


def transformers_beams(loaded, prompt_ids, params):
    ids = torch.tensor([prompt_ids])
    output = loaded.model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        do_sample=False,
        max_new_tokens=params.max_new_tokens,
        num_beams=params.num_beams,
        num_return_sequences=params.attempts,
        length_penalty=params.length_penalty,
        early_stopping=params.early_stopping,
        repetition_penalty=params.repetition_penalty,
        no_repeat_ngram_size=params.no_repeat_ngram_size,
        min_new_tokens=params.min_new_tokens,
        eos_token_id=sorted(loaded.eos_ids),
        pad_token_id=0,
        return_dict_in_generate=True,
        output_scores=True,
    )
    new = [sequence[len(prompt_ids) :].tolist() for sequence in output.sequences]
    return new, output.sequences_scores.tolist()


def random_case(rng):
    num_beams = rng.randint(2, 8)
    return {
        "strategy": "beam",
        "num_beams": num_beams,
        "attempts": rng.randint(1, num_beams),
        "max_new_tokens": (max_new_tokens := rng.randint(1, 14)),
        "length_penalty": rng.choice([-5.0, -1.0, 0.0, 0.7, 1.0, 5.0]),
        "early_stopping": rng.choice([False, True, "never"]),
        "repetition_penalty": rng.choice([1.0, 1.0, 0.8, 1.4]),
        "no_repeat_ngram_size": rng.choice([0, 0, 1, 2, 3]),
        "min_new_tokens": rng.choice([0, 0, min(5, max_new_tokens)]),
    }
