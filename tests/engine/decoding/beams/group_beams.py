"""Diverse beam search by transformers: its own beam search, run for one group after another."""

import torch
from transformers import (
    GenerationConfig,
    GenerationMixin,
    LogitsProcessor,
    LogitsProcessorList,
    MinNewTokensLengthLogitsProcessor,
    NoRepeatNGramLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
)
from transformers.generation import GenerationMode


class FormerDiversity(LogitsProcessor):
    """`HammingDiversityLogitsProcessor` of transformers 4, for one group of one text.

    Args:
        penalty: The diversity penalty.
        chosen: What the earlier groups chose at each step.
    """

    def __init__(self, penalty, chosen):
        self.penalty, self.chosen, self.step = penalty, chosen, 0

    def __call__(self, input_ids, scores):
        earlier = self.chosen[self.step] if self.step < len(self.chosen) else []
        self.step += 1
        frequency = torch.zeros(scores.shape[-1])
        for token in earlier:
            frequency[token] += 1
        return scores - self.penalty * frequency


def transformers_group(monkeypatch, loaded, prompt_ids, params, chosen):
    """Run transformers' own beam search for one group, after the groups before it.

    An earlier group does not look at a later one, so one can run to its end before the next begins.

    Returns:
        Ids and scores of the group's hypotheses, and what it chose at each step: the best that go
        on, as the former `BeamSearchScorer.process` takes them.
    """
    size = params.num_beams // params.num_beam_groups
    eos_ids = sorted(loaded.eos_ids)
    steps = []

    def continuations(self, **kwargs):
        found = original(self, **kwargs)
        going_on = [t for t in found[1][0, :, kwargs["cur_len"]].tolist() if t not in eos_ids]
        steps.append(going_on[:size])
        return found

    processors = [FormerDiversity(params.diversity_penalty, chosen)]
    if params.repetition_penalty != 1.0:
        processors.append(RepetitionPenaltyLogitsProcessor(params.repetition_penalty))
    if params.no_repeat_ngram_size:
        processors.append(NoRepeatNGramLogitsProcessor(params.no_repeat_ngram_size))
    if params.min_new_tokens:
        least = params.min_new_tokens
        processors.append(MinNewTokensLengthLogitsProcessor(len(prompt_ids), least, eos_ids))
    ids = torch.tensor([prompt_ids])
    original = GenerationMixin._get_top_k_continuations
    with monkeypatch.context() as patch:
        patch.setattr(GenerationMixin, "_get_top_k_continuations", continuations)
        # Also a group of one beam is searched as beams are, and not greedily.
        mode = GenerationMode.BEAM_SEARCH
        patch.setattr(GenerationConfig, "get_generation_mode", lambda *_, **__: mode)
        output = loaded.model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=params.max_new_tokens,
            num_beams=size,
            num_return_sequences=size,
            length_penalty=params.length_penalty,
            early_stopping=params.early_stopping,
            logits_processor=LogitsProcessorList(processors),
            eos_token_id=eos_ids,
            pad_token_id=0,
            return_dict_in_generate=True,
            output_scores=True,
        )
    new = [sequence[len(prompt_ids) :].tolist() for sequence in output.sequences]
    return list(zip(new, output.sequences_scores.tolist(), strict=True)), steps


def transformers_groups(monkeypatch, loaded, prompt_ids, params):
    """Return ids and score of the hypotheses of all groups, best first."""
    chosen, everything = [], []
    for _ in range(params.num_beam_groups):
        found, steps = transformers_group(monkeypatch, loaded, prompt_ids, params, chosen)
        everything += found
        chosen += [[] for _ in range(len(steps) - len(chosen))]
        for step, tokens in enumerate(steps):
            chosen[step] = chosen[step] + tokens
    return sorted(everything, key=lambda item: -item[1])
