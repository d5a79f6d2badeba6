"""The one error type that leaves the engine."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from engine.values import Value

ErrorCode = Literal[
    "queue_full",
    "unknown_model",
    "model_unavailable",
    "out_of_memory",
    "invalid_params",
    "empty_prompt",
    "cancelled",
    "deadline",
    "invalid_logits",
    "unsupported",
    "closed",
]
ERROR_CODES: tuple[str, ...] = get_args(ErrorCode)

UnavailableReason = Literal[
    "not_found",
    "offline",
    "unsafe_format",
    "unsupported_architecture",
    "no_language_model",
    "corrupt",
    "missing_file",
    "no_tokenizer",
    "not_installed",
    "no_space",
    "no_access",
    "no_models",
    "gated",
    "revision_changed",
    "failed",
    "worker_died",
    "remote_unreachable",
    "remote_late",
    "remote_key",
    "remote_not_found",
    "remote_busy",
    "remote_refused",
    "remote_failed",
    "remote_garbled",
    "remote_cut",
]
"""Why a model cannot be used; from failed on while it runs, the last ones at a server's."""
UNAVAILABLE_REASONS: tuple[str, ...] = get_args(UnavailableReason)

GAVE_WAY: Final = "gave_way"
"""Reason of cancelled, where something in the background ended because somebody waits."""
NO_TOKEN_LEFT: Final = "no_token_left"
"""Reason of invalid_logits, and of a text that ends early, where the settings leave nothing."""


class EngineError(Exception):
    """Say why a request could not be served, with a stable code.

    Args:
        code: One of `ERROR_CODES`; callers choose their wording by it.
        partial: The `Completion` of what had been generated before the failure, if anything.
        **details: Facts about the failure: `position` and `limit` (queue_full), `field`, `value`
            and `range` (invalid_params), `model`, `reason` (model_unavailable), `needed_bytes`
            and `available_bytes` (out_of_memory), `reason` (no_token_left: the settings leave
            nothing) and `stage` (invalid_logits), `kind` and `instead`, or `host` of a server's
            model (unsupported), …
    """

    def __init__(self, code: ErrorCode, partial: Value | None = None, **details: Any) -> None:
        self.code: ErrorCode = code
        self.partial = partial
        self.details = details
        # A value may be what somebody wrote, and this is what logs say.
        said = {k: v for k, v in details.items() if k != "value" or isinstance(v, int | float)}
        facts = ", ".join(f"{key}={value!r}" for key, value in said.items())
        super().__init__(f"{code}({facts})" if facts else code)

    def __getattr__(self, name: str) -> Any:
        """Read a detail as an attribute: `error.field`; a detail that was not given is None."""
        if name.startswith("_") or name == "details":
            raise AttributeError(name)
        return self.details.get(name)


class ModelUnavailable(EngineError):  # noqa: N818 (named by the contract)
    """A model that exists in the configuration cannot be used.

    Args:
        model: The name it was asked for by.
        reason: One of `UNAVAILABLE_REASONS`; callers choose their wording by it.
        **details: Further facts, `path` or `error` among them; of a server its `host`, the HTTP
            `status` and, where it says so, `retry_after_s`.
    """

    def __init__(self, model: str | None, reason: UnavailableReason, **details: Any) -> None:
        super().__init__("model_unavailable", model=model, reason=reason, **details)
