"""Whether an engine still decodes: by what it writes for others, else by a token of its own."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from engine.api import Engine
from engine.decoding_params import DecodingParams
from engine.errors import EngineError
from engine.requests import GenerationRequest

FRESH_S: Final = 10.0
"""How long a token proves that more would come."""
TRIAL_S: Final = 20.0
"""How long one of its own may take: a batch that is full lets it in at its next turn."""
_LOOK_S: Final = 0.2
_TRIAL_USER: Final = -1


class Pulse:
    """Watches what an engine answers.

    Args:
        engine: The engine.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._seen_s: float | None = None

    def beat(self) -> None:
        """Note that a token has come."""
        self._seen_s = time.monotonic()

    async def is_alive(self) -> bool:
        """Tell whether it decodes; where nobody has had a token of late, it writes one."""
        if self._seen_s is not None and time.monotonic() - self._seen_s < FRESH_S:
            return True
        trial = GenerationRequest(
            prompt="a",
            params=DecodingParams(max_new_tokens=1),
            user_id=_TRIAL_USER,
            deadline_s=TRIAL_S,
        )
        try:
            await self._engine.generate(trial)
        except EngineError as error:
            if error.code == "queue_full":
                return await self._is_seen_soon()
            return error.code == "unsupported"
        self.beat()
        return True

    async def _is_seen_soon(self) -> bool:
        """Tell whether anybody in a full queue gets a token while a trial would take."""
        began_s = time.monotonic()
        while time.monotonic() - began_s < TRIAL_S:
            if self._seen_s is not None and self._seen_s >= began_s:
                return True
            await asyncio.sleep(_LOOK_S)
        return False
