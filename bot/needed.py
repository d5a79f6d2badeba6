"""What a strategy cannot do without, and what is taken when nobody has said it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.texts import options as texts

BEAMS_WHEN_UNSAID = 5
SAMPLES_WHEN_UNSAID = 5
CANDIDATES_WHEN_UNSAID = 4
ALPHA_WHEN_UNSAID = 0.6
NEEDED: Mapping[str, tuple[tuple[str, int | float, str], ...]] = MappingProxyType(
    {
        "beam": (("num_beams", BEAMS_WHEN_UNSAID, texts.BEAMS_UNSAID),),
        "beam_sample": (("num_beams", BEAMS_WHEN_UNSAID, texts.BEAMS_UNSAID),),
        "contrastive": (
            ("top_k", CANDIDATES_WHEN_UNSAID, texts.CANDIDATES_UNSAID),
            ("penalty_alpha", ALPHA_WHEN_UNSAID, texts.ALPHA_UNSAID),
        ),
        "sample_and_rank": (("attempts", SAMPLES_WHEN_UNSAID, texts.SAMPLES_UNSAID),),
    }
)
"""Strategy → the fields without which it is another one: name, value when unsaid, what is said."""
