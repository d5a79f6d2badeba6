"""The ways to serve some users at once that a bench compares."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, PreTrainedModel

from engine.api import Engine
from engine.bench.workload import TEMPERATURE, TOP_P, Workload
from engine.decoding_params import DecodingParams
from engine.precision import label
from engine.requests import GenerationRequest


class Transformers:
    """`generate()` on one model, called by a thread per user or once for a batch of equal lengths.

    Args:
        model: Never ends before it must.
        is_batched: One call for all.
    """

    def __init__(self, model: PreTrainedModel, *, is_batched: bool) -> None:
        self._model: Any = model
        self._is_batched = is_batched
        manner = "static batch" if is_batched else "a thread per user"
        self.name = f"`generate()`, {manner}, {str(model.dtype).removeprefix('torch.')}"

    async def serve(self, work: Workload, users: int) -> int:
        """Serve everybody; return how many tokens were written."""
        rows = [[*work.prompt_ids, *work.rest_of(user)] for user in range(users)]
        calls = [rows] if self._is_batched else [[row] for row in rows]
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(len(calls)) as threads:
            runs = [loop.run_in_executor(threads, self._generate, work, call) for call in calls]
            return sum(await asyncio.gather(*runs))

    def _generate(self, work: Workload, rows: Sequence[Sequence[int]]) -> int:
        ids = torch.tensor(rows)
        sampling = {"do_sample": True, "top_p": TOP_P, "top_k": 0, "temperature": TEMPERATURE}
        with torch.inference_mode():
            output = self._model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=work.new_tokens,
                pad_token_id=0,
                **(sampling if work.is_sampled else {"do_sample": False}),
            )
        return int(output[:, ids.shape[1] :].numel())


class Ours:
    """This engine through its public interface, one request per user.

    Args:
        engine: Started.
        precision: As asked for; the name says too what computes in its place.
        trace_top_n: Candidates per step that every request asks for.
    """

    def __init__(self, engine: Engine, precision: str, *, trace_top_n: int = 0) -> None:
        self._engine = engine
        self._trace_top_n = trace_top_n
        info = engine.models()[0]
        self.products: Sequence[str] = info.products
        here = label(precision, info.precision)
        self.name = f"ours, `{here}`" + (f", {trace_top_n} traced" if trace_top_n else "")

    async def serve(self, work: Workload, users: int) -> int:
        """Serve everybody; return how many tokens were written."""
        answers = await asyncio.gather(
            *(self._engine.generate(self._request(work, user)) for user in range(users))
        )
        return sum(len(answer.attempts[0].token_ids) for answer in answers)

    def _request(self, work: Workload, user: int) -> GenerationRequest:
        sampling = {"strategy": "sample", "top_p": TOP_P, "temperature": TEMPERATURE}
        params: dict[str, Any] = sampling if work.is_sampled else {}
        return GenerationRequest(
            prompt=work.prompt,
            prefix_ids=work.rest_of(user),
            params=DecodingParams(max_new_tokens=work.new_tokens, **params),
            seed=user,
            user_id=user,
            trace_top_n=self._trace_top_n,
        )


def load_reference(folder: Path, dtype: torch.dtype) -> PreTrainedModel:
    """Load a checkpoint as transformers' users do, and take its end tokens away.

    So its batch wastes no row on a text that has ended.
    """
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, local_files_only=True)
    model.generation_config.eos_token_id = None
    return model.eval()  # type: ignore[no-any-return]
