"""An engine with fixed logits: every screen of the bot can be asserted word by word."""

from __future__ import annotations

import asyncio
import math
import random
import re
from collections.abc import AsyncGenerator
from dataclasses import replace

from engine import (
    Attempt,
    Candidate,
    Capabilities,
    Completion,
    DecodingParams,
    Done,
    Draw,
    EngineError,
    EngineStats,
    Event,
    FreeMemory,
    GenerationRequest,
    ModelInfo,
    Progress,
    Queued,
    Rest,
    ScoreRequest,
    Stage,
    Step,
)
from engine.explain import (
    CurveCut,
    CurvePoint,
    ExplainRequest,
    Redraw,
    RedrawRequest,
    Tokenization,
    TokenPiece,
    TokensRequest,
)
from engine.filling import Filling, FillRequest
from engine.utf8 import show_bytes
from tests.bot.beams import path_ids, search
from tests.bot.fillings import fill

WORDS = (
    " amor",
    " vida",
    " mar",
    " lago",
    " unicornio",
    " y",
    " que",
    " el",
    " los",
    " Andes",
    ".",
    "\n",
    " ñandú",
    " 🦄",
    " 雪",
    "⟨C3⟩",
)
LOGITS = tuple(3.0 - 0.4 * rank for rank in range(len(WORDS)))
"""At step t the word with id i has the logit LOGITS[(i + t) % len(WORDS)]."""


def _softmax(logits: dict[int, float]) -> dict[int, float]:
    top = max(logits.values())
    weights = {i: math.exp(value - top) for i, value in logits.items()}
    total = sum(weights.values())
    return {i: weight / total for i, weight in weights.items()}


def _entropy_bits(probs: dict[int, float]) -> float:
    return -sum(p * math.log2(p) for p in probs.values() if p > 0)


class _Decision:
    """The stages of one step over the fixed logits: temperature, top-k, top-p."""

    def __init__(self, t: int, params: DecodingParams) -> None:
        self.logits = {i: LOGITS[(i + t) % len(WORDS)] for i in range(len(WORDS))}
        self.raw = _softmax(self.logits)
        self.stages = [self._stage("vocabulary", "reshape", self.raw, self.raw)]
        self.removed_by: dict[int, str] = {}
        self.final = self.raw
        params = params.resolved()
        if params.draws_tokens:
            if params.temperature != 1:
                scaled = {i: value / params.temperature for i, value in self.logits.items()}
                self.final = _softmax(scaled)
                self._add("temperature", "reshape", set(self.final))
            if params.top_k > 0:
                self._cut("top_k", set(self._ordered()[: params.top_k]))
            if params.top_p < 1:
                self._cut("top_p", self._nucleus(params.top_p))
        self._add("draw", "cut", set(self.final))

    def _ordered(self) -> list[int]:
        return sorted(self.final, key=lambda i: (-self.final[i], i))

    def _nucleus(self, top_p: float) -> set[int]:
        kept, mass = set(), 0.0
        for i in self._ordered():
            if mass >= top_p:
                break
            kept.add(i)
            mass += self.final[i]
        return kept

    def _cut(self, name: str, kept: set[int]) -> None:
        for i in set(self.final) - kept:
            self.removed_by[i] = name
        self._add(name, "cut", kept)
        mass = sum(self.final[i] for i in kept)
        self.final = {i: self.final[i] / mass for i in kept}

    def _add(self, name: str, kind: str, kept: set[int]) -> None:
        self.stages.append(self._stage(name, kind, self.final, {i: self.final[i] for i in kept}))

    def _stage(self, name, kind, before, after) -> Stage:
        kept = min(sum(after.values()) / sum(before.values()), 1.0)
        return Stage(
            name=name,
            kind=kind,
            tokens_kept=len(after),
            tokens_removed=len(before) - len(after),
            mass_kept=kept,
            mass_removed=1.0 - kept,
            raw_mass=sum(self.raw[i] for i in after),
        )

    def choose(self, u: float | None) -> tuple[int, Draw | None]:
        low = 0.0
        ordered = self._ordered()
        if u is None:
            return ordered[0], None
        for i in ordered:
            high = low + self.final[i]
            if high > u or i == ordered[-1]:
                return i, Draw(u=u, low=low, high=high)
            low = high
        raise AssertionError

    def step(self, chosen: int, draw: Draw | None, top_n: int) -> Step:
        ranked = sorted(self.raw, key=lambda i: (-self.raw[i], i))
        shown = ranked[:top_n]
        if chosen not in shown:
            shown.append(chosen)
        hidden = [i for i in ranked if i not in shown]
        return Step(
            chosen=chosen,
            entropy_bits=_entropy_bits(self.raw),
            surprisal_bits=-math.log2(self.raw[chosen]),
            final_entropy_bits=_entropy_bits(self.final),
            draw=draw,
            candidates=tuple(
                Candidate(
                    token_id=i,
                    text=WORDS[i],
                    raw_prob=self.raw[i],
                    raw_rank=ranked.index(i) + 1,
                    final_prob=self.final.get(i, 0.0),
                    removed_by=self.removed_by.get(i),
                )
                for i in shown
            ),
            stages=tuple(self.stages),
            rest=Rest(
                count=len(hidden),
                raw_mass=sum(self.raw[i] for i in hidden),
                final_mass=sum(self.final.get(i, 0.0) for i in hidden),
            ),
        )


def _redraw(request: RedrawRequest) -> Redraw:
    """Make a decision again over the fixed logits."""
    moment = request.moment
    step, curve, cuts = _outcome(moment, request.params)
    before, curve_before, _ = _outcome(moment, moment.params)
    return Redraw(step=step, curve=curve, cuts=cuts, before=before, curve_before=curve_before)


def _outcome(moment, params):
    decision = _Decision(moment.t, params)
    is_drawn = params.resolved().draws_tokens
    u = random.Random(f"{moment.seed}:{moment.attempt}:{moment.t}").random() if is_drawn else None
    step = decision.step(*decision.choose(u), len(WORDS))
    reshaped = _Decision(moment.t, replace(params, top_k=0, top_p=1.0)).final
    points, total = [], 0.0
    for rank, i in enumerate(sorted(reshaped, key=lambda i: (-reshaped[i], i)), start=1):
        total += reshaped[i]
        final = decision.final.get(i, 0.0)
        points.append(CurvePoint(rank=rank, prob=reshaped[i], cumulative=total, final=final))
    cuts = (
        CurveCut(name=stage.name, rank=stage.tokens_kept)
        for stage in step.stages
        if stage.kind == "cut" and stage.tokens_removed and stage.name != "draw"
    )
    return step, tuple(points), tuple(cuts)


def cut(request: TokensRequest) -> Tokenization:
    """Cut a text: «guion» into words with their spaces, «otro» into characters, «ñ» into bytes."""
    pieces = re.findall(r" ?[^ ]+| ", request.text)
    if request.model == "otro":
        chars = [*request.text]
        parts = [(c, c.encode()[i : i + 1]) for c in chars for i in range(len(c.encode()))]
    else:
        parts = [("", piece.encode()) for piece in pieces]
    found = tuple(
        TokenPiece(
            token_id=100 + i,
            piece=show_bytes(data),
            data_hex=data.hex(),
            text=show_bytes(data),
            joins="" if len(char.encode()) < 2 else char,
        )
        for i, (char, data) in enumerate(parts)
    )
    start = TokenPiece(token_id=1, piece="<bos>", data_hex="", text="<bos>", is_special=True)
    return Tokenization(
        model=request.model or "guion",
        text=request.text,
        tokens=(start, *found) if request.model == "otro" else found,
        vocab_size=300 if request.model == "otro" else 200,
        n_positions=None if request.model == "otro" else 1024,
        is_exact=True,
    )


class ScriptedEngine:
    """Answers at once from fixed logits; can be held, slowed by gates, or made to fail.

    Attributes:
        requests: Every request in the order it came.
        cancelled: Ids that `cancel` was called with.
        error: Raised by the next requests when set.
        gate: While cleared, streams stop after their first Progress event.
        queue_positions: Positions announced before a stream starts.
        explained: Every question about a decision, and `answer` is what each gets; a step is
            drawn again over the fixed logits where there is none.
        text: Overrides the text of every attempt (screens with hostile text).
        more_models: Listed behind its own two.
        filled: Every text with gaps.
    """

    def __init__(self) -> None:
        self.requests: list[GenerationRequest] = []
        self.scored: list[ScoreRequest] = []
        self.explained: list[ExplainRequest] = []
        self.answer: object = None
        self.cancelled: list[str] = []
        self.error: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.queue_positions: tuple[int, ...] = ()
        self.text: str | None = None
        self.more_models: tuple[ModelInfo, ...] = ()
        self.filled: list[FillRequest] = []
        self.is_closed = False
        self._running: dict[str, bool] = {}

    async def start(self) -> None:
        if self.error is not None:
            raise self.error

    async def generate(self, request: GenerationRequest) -> Completion:
        async for event in self.stream(request):
            if isinstance(event, Done):
                return event.completion
        raise AssertionError

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[Event, None]:
        self.requests.append(request)
        if self.error is not None:
            raise self.error
        self._running[request.request_id] = False
        try:
            for position in self.queue_positions:
                yield Queued(position=position)
            completion = self._completion(request)
            first = completion.attempts[0]
            half = max(1, len(first.token_ids) // 2)
            text = "".join(WORDS[i] for i in first.token_ids[:half])
            yield Progress(attempt=0, text=self.text or text, tokens=half)
            await self.gate.wait()
            if self._running[request.request_id]:
                completion = self._completion(request, tokens=half, reason="cancelled")
            yield Done(completion=completion)
        finally:
            self._running.pop(request.request_id, None)

    async def score(self, request: ScoreRequest) -> tuple[Step, ...]:
        self.scored.append(request)
        if self.error is not None:
            raise self.error
        length = len(request.continuation)
        if isinstance(request.continuation, str):
            length = max(1, len(request.continuation.split()))
        steps = []
        for t in range(length):
            decision = _Decision(t, request.params)
            steps.append(decision.step((t * 3) % len(WORDS), None, request.trace_top_n))
        return tuple(steps)

    async def explain(self, request):
        self.explained.append(request)
        if self.error is not None:
            raise self.error
        if self.answer is None and isinstance(request, RedrawRequest):
            return _redraw(request)
        if self.answer is None and isinstance(request, TokensRequest):
            return cut(request)
        return self.answer

    async def fill(self, request: FillRequest) -> Filling:
        self.filled.append(request)
        if self.error is not None:
            raise self.error
        return fill(request)

    def cancel(self, request_id: str) -> bool:
        self.cancelled.append(request_id)
        if request_id not in self._running:
            return False
        self._running[request_id] = True
        self.gate.set()
        return True

    def capabilities(self, model: str | None = None) -> Capabilities:
        more = tuple(info.name for info in self.more_models)
        if model not in (None, "guion", "otro", *more):
            raise EngineError("unknown_model", model=model)
        return Capabilities(
            strategies=("greedy", "sample", "beam", "sample_and_rank", "contrastive"),
            full_distribution=True,
            max_top_n=100,
            attention=False,
            seedable=True,
            unbatched=("contrastive",),
        )

    def models(self) -> tuple[ModelInfo, ...]:
        loaded = ModelInfo(
            name="guion",
            display_name="guion (de prueba)",
            family="GPT-2",
            licence="Apache-2.0",
            parameters=124_400_000,
            n_positions=1024,
            vocab_size=len(WORDS),
            revision="0123abcd",
            weights_bytes=497_600_000,
            is_loaded=True,
            precision="exact",
            kernels="oneDNN float32",
        )
        other = ModelInfo(
            name="otro",
            display_name="otro",
            family=None,
            licence=None,
            parameters=None,
            n_positions=None,
            vocab_size=None,
            revision=None,
            weights_bytes=None,
            is_loaded=False,
        )
        return loaded, other, *self.more_models

    def free_memory(self) -> FreeMemory:
        return FreeMemory(device="cpu", available_bytes=20_000_000_000)

    def stats(self) -> EngineStats:
        return EngineStats(
            queued=0,
            running=len(self._running),
            queue_limit=64,
            tokens_per_s=23.5,
            cache_hits=3,
            cache_lookups=12,
            cache_tokens=1234,
            completed=len(self.requests),
            failed=0,
            workers=1,
            device="cpu",
            precision="exact",
            loaded_models=("guion",),
            expected_wait_s=2.0,
        )

    async def close(self) -> None:
        self.is_closed = True
        self.gate.set()

    def _completion(
        self, request: GenerationRequest, tokens: int | None = None, reason: str = "length"
    ) -> Completion:
        params = request.params.resolved()
        count = 1 if params.strategy in ("greedy", "contrastive") else params.attempts
        beams, paths = self._beams(request, params, tokens)
        attempts = tuple(
            self._attempt(request, params, n, tokens, reason, paths.get(n)) for n in range(count)
        )
        if params.strategy == "sample_and_rank":
            diced = [replace(attempt, die=die) for die, attempt in enumerate(attempts)]
            attempts = tuple(sorted(diced, key=lambda attempt: -attempt.score))
        return Completion(
            request_id=request.request_id,
            model="guion (de prueba)",
            revision="0123abcd",
            precision="exact",
            device="cpu",
            seed=request.seed,
            params=params,
            inactive=request.params.inactive(),
            prompt_tokens=len(request.prompt.split()),
            truncated_tokens=0,
            queue_s=0.1,
            prefill_s=0.2,
            decode_s=1.8,
            attempts=attempts,
            beams=beams,
            prompt_ids=tuple(range(len(request.prompt.split()))),
            prefix_text="".join(WORDS[i] for i in request.prefix_ids),
        )

    def _beams(self, request, params, tokens):
        """Return the tree of a traced beam search, and the token ids of each attempt."""
        if params.strategy != "beam" or not request.trace_top_n:
            return None, {}
        start = len(request.prefix_ids)

        def logprobs_at(step, ids):
            raw = _Decision(start + step, params).raw
            return {i: (WORDS[i], math.log(p)) for i, p in raw.items()}

        steps = tokens or params.max_new_tokens
        tree = search(logprobs_at, steps, params.num_beams, winners=params.attempts)
        return tree, {n: path_ids(tree, node) for n, node in enumerate(tree.winners)}

    def _attempt(self, request, params, number, tokens, reason, path=None) -> Attempt:
        ids, steps, logprob = [], [], 0.0
        start = len(request.prefix_ids)
        for t in range(start, start + (tokens or params.max_new_tokens)):
            decision = _Decision(t, params)
            u = None
            if params.draws_tokens:
                u = random.Random(f"{request.seed}:{number}:{t}").random()
            chosen, draw = (path[t - start], None) if path else decision.choose(u)
            ids.append(chosen)
            logprob += math.log(decision.raw[chosen])
            if request.trace_top_n:
                steps.append(decision.step(chosen, draw, request.trace_top_n))
        text = "".join(WORDS[i] for i in ids)
        return Attempt(
            token_ids=tuple(ids),
            text=text if self.text is None else self.text,
            logprob=logprob,
            score=logprob,
            finish_reason=reason,
            steps=tuple(steps),
        )
