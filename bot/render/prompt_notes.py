"""What of a prompt's own form changes how the model reads it, said in one line each."""

from __future__ import annotations

from bot.texts import prompt as texts
from engine import GenerationRequest


def prompt_notes(request: GenerationRequest) -> tuple[str, ...]:
    """Return the lines; of a text that goes on from tokens, the first one's reply has said them."""
    if request.prefix_ids:
        return ()
    return (texts.FINAL_SPACE,) if request.prompt.endswith(" ") else ()
