"""A store and a backend without torch, whose every step a test can hold or break."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace

from engine import Attempt, Completion, EngineError, GenerationRequest, ModelInfo, Progress
from engine.runtime.prefix_cache import PrefixCounts


class FakeStore:
    def __init__(self, *names: str) -> None:
        self.names = names or ("uno", "dos")
        self.load: Callable[[str], None] = lambda name: None
        self.loaded: list[str] = []
        self.in_use = 0
        self.closed = 0

    def resolve(self, name, kinds=()):
        if name is None:
            return self.names[0]
        if name not in self.names:
            raise EngineError("unknown_model", model=name)
        return name

    def survey(self):
        pass

    room_wanted_s = None

    @contextmanager
    def use(self, name, revision=None, is_wanted=None):
        self.load(name)
        if name not in self.loaded:
            self.loaded.append(name)
        self.in_use += 1
        try:
            yield SimpleNamespace(name=name, device="cpu", revision=revision)
        finally:
            self.in_use -= 1

    def infos(self):
        unknown = dict.fromkeys(
            ("family", "licence", "parameters", "n_positions", "vocab_size", "revision")
        )
        return tuple(
            ModelInfo(
                name=name,
                display_name=name,
                weights_bytes=None,
                is_loaded=name in self.loaded,
                **unknown,
            )
            for name in self.names
        )

    def close(self):
        self.closed += 1


class FakeRun:
    """Each step adds the token 100·attempt + t to every attempt; its text names the prompt."""

    def __init__(self, request: GenerationRequest, before_step: Callable[[FakeRun], None]) -> None:
        self.request = request
        self.steps = 0
        self.reason = None
        self._before_step = before_step
        self._limit = request.params.max_new_tokens

    @property
    def is_done(self):
        return self.steps >= self._limit

    @property
    def has_tokens(self):
        return self.steps > 0

    @property
    def new_tokens(self):
        return self.steps * self.request.params.attempts

    def step(self):
        try:
            self._before_step(self)
        except EngineError as error:
            if self.has_tokens:
                self.stop("cancelled")
                error.partial = self.completion(queue_s=-1.0)
            raise
        self.steps += 1

    def progress(self):
        return tuple(
            Progress(attempt=attempt, text=self._text(attempt), tokens=self.steps)
            for attempt in range(self.request.params.attempts)
        )

    def stop(self, reason):
        self.reason = reason

    def completion(self, queue_s):
        assert self.is_done or (self.reason and self.has_tokens)
        attempts = tuple(
            Attempt(
                token_ids=tuple(100 * attempt + t for t in range(self.steps)),
                text=self._text(attempt),
                logprob=-1.0,
                score=-1.0,
                finish_reason=self.reason or "length",
            )
            for attempt in range(self.request.params.attempts)
        )
        return Completion(
            request_id=self.request.request_id,
            model="uno",
            revision=None,
            precision="exact",
            device="cpu",
            seed=self.request.seed,
            params=self.request.params.resolved(),
            inactive=(),
            prompt_tokens=1,
            truncated_tokens=0,
            queue_s=queue_s,
            prefill_s=0.0,
            decode_s=0.0,
            attempts=attempts,
        )

    def _text(self, attempt):
        return f"{self.request.prompt}/{attempt}:{self.steps}"


class FakeBackend:
    """Runs at full speed unless held.

    Attributes:
        allowed: Prompt → steps that may be done before `release`; absent means all.
        faults: Prompt → (step, exception) raised at that step.
        order: Prompts in the order in which their runs began.
    """

    def __init__(self) -> None:
        self.prefix_counts = PrefixCounts()
        self.allowed: dict[str, int] = {}
        self.faults: dict[str, tuple[int, BaseException]] = {}
        self.order: list[str] = []
        self.scored: list[str] = []
        self._changed = threading.Condition()
        self._waiting: set[str] = set()

    def hold(self, prompt: str, after: int = 0) -> None:
        self.allowed[prompt] = after

    def release(self, prompt: str) -> None:
        with self._changed:
            self.allowed.pop(prompt, None)
            self._changed.notify_all()

    def wait_until_held(self, prompt: str) -> None:
        """Block until the prompt's worker stands at its gate."""
        with self._changed:
            assert self._changed.wait_for(lambda: prompt in self._waiting, timeout=20)

    def open_run(self, loaded, request):
        self.order.append(request.prompt)
        return FakeRun(request, self._before_step)

    def open_batch(self, loaded):
        return nullcontext()

    def score(self, loaded, request):
        self._pass_gate(request.prompt, 0)
        self.scored.append(request.prompt)
        return ()

    def _before_step(self, run: FakeRun) -> None:
        prompt = run.request.prompt
        self._pass_gate(prompt, run.steps)
        step, error = self.faults.get(prompt, (None, None))
        if run.steps == step:
            raise error

    def _pass_gate(self, prompt: str, steps: int) -> None:
        with self._changed:
            while steps >= self.allowed.get(prompt, steps + 1):
                self._waiting.add(prompt)
                self._changed.notify_all()
                assert self._changed.wait(timeout=20)
            self._waiting.discard(prompt)


class TinyStore:
    """Models that are in memory from the start."""

    def __init__(self, *models) -> None:
        self._models = {loaded.name: loaded for loaded in models}

    def resolve(self, name, kinds=()):
        return name or next(iter(self._models))

    def survey(self):
        pass

    room_wanted_s = None

    @contextmanager
    def use(self, name, revision=None, is_wanted=None):
        yield self._models[name]

    def infos(self):
        return tuple(loaded.info for loaded in self._models.values())

    def close(self):
        pass
