"""The numbers as transformers alone computes them, with the notebook's own few lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from engine.notebook import facts
from engine.notebook_check.numbers import Numbers, Question, TextSum


class Reference:
    """A model as transformers loads it.

    Args:
        folder: A checkpoint with its tokenizer.
    """

    def __init__(self, folder: Path) -> None:
        quiet: Any = logging
        quiet.set_verbosity_error()
        quiet.disable_progress_bar()
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model: Any = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True
        )
        self._model = model.eval()

    @property
    def parameters(self) -> int:
        """How many numbers the model has; shared ones count once."""
        return sum(parameter.numel() for parameter in self._model.parameters())

    def question(self, unicorns: str) -> Question:
        """Say how long the texts may get behind a prompt."""
        context = getattr(self._model.config, "max_position_embeddings", facts.MAX_LENGTH)
        return Question(
            unicorns=unicorns,
            prompt_tokens=self._encode(unicorns).shape[1],
            max_length=min(facts.MAX_LENGTH, context),
        )

    def numbers(self, question: Question) -> Numbers:
        """Compute everything; `generate()` writes the texts."""
        ids, percents = self._greedy_by_hand()
        sums = {}
        if question.room > 0:
            sums = {one.name: self._sum(question, one) for one in facts.WRITTEN}
        return Numbers(
            greedy_ids=ids,
            greedy_percents=percents,
            sums=sums,
        )

    def texts(self, ids: Sequence[int]) -> tuple[str, ...]:
        """Return each token's text as the notebook prints it, by itself."""
        return tuple(self._tokenizer.decode([token]) for token in ids)

    def generated_ids(self) -> tuple[int, ...]:
        """Return the tokens of the table as `generate()` writes them."""
        start = self._encode(facts.LOVE_PROMPT)
        output = self._generate(start, max_new_tokens=facts.GREEDY_STEPS)
        return tuple(output[0, start.shape[1] :].tolist())

    def hidden_top_k(self) -> int:
        """Count the tokens that a draw chooses from where nobody names a top-k.

        Tokens as probable as the last one count too.
        """
        start = self._encode(facts.LOVE_PROMPT)
        answer = self._generate(
            start,
            max_new_tokens=1,
            do_sample=True,
            output_scores=True,
            return_dict_in_generate=True,
        )
        return int(torch.isfinite(answer.scores[0][0]).sum())

    def _encode(self, text: str) -> Tensor:
        ids: Tensor = self._tokenizer(text, return_tensors="pt").input_ids
        return ids

    def _generate(self, start: Tensor, *, do_sample: bool = False, **options: Any) -> Any:
        with torch.inference_mode():
            return self._model.generate(
                start,
                attention_mask=torch.ones_like(start),
                do_sample=do_sample,
                pad_token_id=0,
                **options,
            )

    def _greedy_by_hand(self) -> tuple[tuple[int, ...], tuple[float, ...]]:
        """Take the most probable token again and again, up to the end of the text."""
        ids, percents = self._encode(facts.LOVE_PROMPT), []
        length = ids.shape[1]
        for _ in range(facts.GREEDY_STEPS):
            with torch.inference_mode():
                probs = torch.softmax(self._model(ids).logits[0, -1], -1)
            best = int(probs.argmax())
            percents.append(100 * float(probs[best]))
            ids = torch.cat([ids, torch.tensor([[best]])], dim=-1)
            if best in self._ends():
                break
        return tuple(ids[0, length:].tolist()), tuple(percents)

    def _ends(self) -> list[int]:
        ends = self._model.generation_config.eos_token_id
        if ends is None:
            return []
        return [ends] if isinstance(ends, int) else list(ends)

    def _sum(self, question: Question, one: facts.Written) -> TextSum:
        start = self._encode(question.unicorns)
        labels = self._generate(
            start,
            max_length=question.max_length,
            num_beams=one.num_beams,
            no_repeat_ngram_size=one.no_repeat_ngram_size,
        )
        with torch.inference_mode():
            logprobs = torch.log_softmax(self._model(labels).logits[:, :-1], -1)
        # Shifted by one: place i holds the log-probability of token i + 1.
        shifted = logprobs.gather(2, labels[:, 1:, None]).squeeze(-1)[0]
        length = question.prompt_tokens
        return TextSum(
            ids=tuple(labels[0, length:].tolist()),
            whole=float(shifted[length - 1 :].sum()),
            as_notebook=float(shifted[length:].sum()),
        )
