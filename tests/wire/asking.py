"""What the wire tests ask for, and how they know that an answer is complete."""

from __future__ import annotations

from typing import Any

LONG = {"texto": "Caminante", "tokens": 250, "intentos": 10, "estrategia": "sample"}
SEEDED = {"texto": "Caminante", "tokens": 250, "intentos": 3, "estrategia": "sample", "semilla": 5}
"""One text, the same each time, which takes long enough to be cut off."""
SOON_S = 0.3


def is_written(result: Any) -> bool:
    return "nventado por" in result.text


def is_running(result: Any) -> bool:
    return "▌" in result.text


def is_growing_again(result: Any) -> bool:
    return is_running(result) and "lo escribo otra vez" in result.text


def is_told(result: Any) -> bool:
    return "interrumpió" in result.text


def ends_of(result: Any) -> set[str]:
    """Return the different ends that a message has had."""
    versions = [version[1] for message in result.messages for version in message.history]
    return {text for text in versions if "nventado por" in text or "interrumpió" in text}


def is_explained(result: Any) -> bool:
    return "solo lo ves tú" in result.text or "Publicado por" in result.text


async def written(d: Any, texto: str = "El niño comió", **options: Any) -> Any:
    """Run /continuar to its end."""
    given = {
        name: options.pop(name) for name in ("user", "guild", "channel", "dm") if name in options
    }
    options = {"texto": texto, "tokens": 5, **options}
    return await d.slash("continuar", options, until=is_written, timeout=150, **given)


async def have_bot(d: Any, start_bot: Any, **env: object) -> None:
    """Start the bot where a test before, or its failure, has left none."""
    if d.proc is None or d.proc.returncode is not None:
        await start_bot(**env)


def custom_id(result: Any, action: str) -> str:
    """Return the custom_id of a button or menu by its action."""
    ids = (item.get("custom_id", "") for item in result.message.walk())
    return next(found for found in ids if found.startswith(f"u:{action}:"))
