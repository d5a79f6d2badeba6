"""How a text that was turned into another is shown when the job that wrote it is gone."""

from __future__ import annotations

from dataclasses import replace

from bot.features.continuation.kind import CONTINUATION
from bot.features.transform.message import transform_page

TRANSFORMATION = replace(CONTINUATION, page=transform_page)
