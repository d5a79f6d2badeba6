"""Failures of libraries written in Rust, which are no `Exception` in Python."""

from __future__ import annotations


def is_failure(error: BaseException) -> bool:
    """Tell whether something that was raised concerns the work, and not the thread or process.

    A panic in tokenizers or safetensors derives from `BaseException`, like `SystemExit` and
    `KeyboardInterrupt`; its class can be imported from nowhere, so it is known by its module.

    Source: PyO3, `pyo3::panic::PanicException`.
    """
    return isinstance(error, Exception) or type(error).__module__ == "pyo3_runtime"
