"""A gap in a program as models that fill one read it: what is before it, then what is behind.

Source: Bavarian et al. (2022), «Efficient training of language models to fill in the middle», §3;
the tokens are those of SantaCoder and StarCoder, of Qwen-Coder and of DeepSeek-Coder.
"""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

GAP_TOKENS: tuple[tuple[str, str, str], ...] = (
    ("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
    ("<fim-prefix>", "<fim-suffix>", "<fim-middle>"),
    ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
    ("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),
)
"""What stands before the part in front of the gap, before the part behind it, and at the end."""


def gap_tokens_in(vocabulary: Container[str]) -> tuple[str, ...]:
    """Return those of `GAP_TOKENS` that a vocabulary has; () without them."""
    found = (tokens for tokens in GAP_TOKENS if all(token in vocabulary for token in tokens))
    return next(found, ())


def stated_gap_tokens(folder: Path) -> tuple[str, ...]:
    """Read in a folder which of `GAP_TOKENS` its tokenizer has, before it is loaded."""
    try:
        text = (folder / "tokenizer.json").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ()
    found = (tokens for tokens in GAP_TOKENS if all(f'"{token}"' in text for token in tokens))
    return next(found, ())


def gap_prompt(before: str, behind: str, tokens: tuple[str, ...]) -> str:
    """Write a program with a gap as the model reads it.

    Args:
        before: What stands in front of the gap.
        behind: What stands behind it.
        tokens: Of `gap_tokens_in`, not ().
    """
    prefix, suffix, middle = tokens
    return f"{prefix}{before}{suffix}{behind}{middle}"


def split_gap_prompt(prompt: str) -> tuple[str, str, str] | None:
    """Return what stands before and behind a gap, and what already fills it; None without a gap."""
    for prefix, suffix, middle in GAP_TOKENS:
        if not prompt.startswith(prefix):
            continue
        before, has_suffix, rest = prompt.removeprefix(prefix).partition(suffix)
        behind, has_middle, written = rest.partition(middle)
        if has_suffix and has_middle:
            return before, behind, written
    return None
