"""A request on its way through the engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic

from engine.requests import GenerationRequest
from engine.runtime.backend import StopReason, Writing
from engine.runtime.mailbox import Mailbox, ResultT
from engine.runtime.rates import Rates

if TYPE_CHECKING:
    from engine.models.loaded import LoadedModel


@dataclass(eq=False, kw_only=True)
class Job(Generic[ResultT]):
    """One piece of work for a worker thread, and where its outcome goes.

    Attributes:
        user_id: Key of fairness.
        model: Resolved name.
        places: Places taken in the queue, one per attempt; 0 for the engine's own work, which is
            not counted.
        needs_weights: Whether it needs more of the model than its tokenizer.
        work: Runs in a worker thread with the loaded model; None for one that needs no thread.
        pause: Lets others have their turn between two steps of `work`, where it runs by itself.
        is_background: Whether it gives way to everything that somebody waits for.
        request: The generation that `work` does; such a job can take part in a batch instead.
        deadline_s: Seconds from submission after which it must end, or None.
        submitted_at: Monotonic time of submission.
        stop_reason: Why it must stop, once it must.
        new_tokens: Tokens made so far.
        has_tokens: A partial text exists, so stopping does not lose everything.
        is_answered: The outcome was posted; whatever comes later is dropped.
    """

    request_id: str
    user_id: int
    model: str
    revision: str | None = None
    places: int = 1
    mailbox: Mailbox[ResultT]
    needs_weights: bool = True
    work: Callable[[LoadedModel, Job[ResultT]], ResultT] | None = None
    pause: Callable[[], None] = lambda: None
    is_background: bool = False
    request: GenerationRequest | None = None
    deadline_s: float | None = None
    submitted_at: float = field(default_factory=time.monotonic)
    stop_reason: StopReason | None = None
    new_tokens: int = 0
    has_tokens: bool = False
    is_answered: bool = False

    @property
    def people(self) -> frozenset[int]:
        """Who waits for it: its user, and nobody where it is done in the background."""
        return frozenset() if self.is_background else frozenset({self.user_id})

    def done_with(self, loaded: LoadedModel) -> ResultT:
        """Do its work with a model, in a worker thread."""
        assert self.work is not None
        return self.work(loaded, self)

    def must_stop(self) -> StopReason | None:
        """Return why the work must end now, if it must."""
        is_late = self.deadline_s is not None and self.waited_s() >= self.deadline_s
        return self.stop_reason or ("deadline" if is_late else None)

    def publish(
        self, run: Writing, rates: Rates, *, is_sparing: bool = False, wakes: bool = True
    ) -> None:
        """Count what its run has written in a step, and post it to whoever looks.

        Args:
            run: What writes it.
            rates: Counts tokens.
            is_sparing: Whether to make no text that follows another too soon to be seen.
            wakes: Whether the reader learns of it now; else by `wake_all`.
        """
        rates.add_tokens(run.new_tokens - self.new_tokens)
        # Before the progress: who has seen a text gets it back when they cancel.
        self.new_tokens, self.has_tokens = run.new_tokens, run.has_tokens
        if self.mailbox.wants_text or (self.mailbox.has_events and not is_sparing):
            self.mailbox.post_progress(run.progress(), wakes=wakes)

    def waited_s(self) -> float:
        """Return the seconds since submission."""
        return time.monotonic() - self.submitted_at
