"""A person who does at random what the bot's messages offer: no label is known here.

So the mix stays real while pages and buttons change: whatever stands in a message is clicked,
chosen or filled in, and what answers is wandered on from.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

TEXTS = (
    "El niño comió",
    "En un hallazgo impactante, un científico descubrió",
    "La capital de Francia es",
    "Érase una vez, en un valle remoto de los Andes, una manada de unicornios",
    "¿Por qué llueve? 🦄 日本語 नमस्ते",
    "Caminante, no hay camino: se hace camino al",
)
WORDS = ("pescado", "pizza", "unicornio, casa", "0,5", "7")
REFUSED: tuple[dict[str, Any], ...] = (
    {"texto": "␣"},
    {"texto": "Hola", "temperatura": "mucha"},
    {"texto": "Hola", "modelo": "no-existe"},
    {"texto": "Hola", "top_p": "7"},
)
_BUTTON, _MENU, _LINK = 2, 3, 5
_FEWEST_STEPS, _MOST_STEPS = 3, 12
_QUIET_S = 0.4
_TYPING_S = 0.5


class Wanderer:
    """One person.

    Args:
        d: The fake Discord.
        number: Of the person.
        chance: Decides everything.
        done: Counts what was done, by kind.
        impossible: What the fake Discord raises where a client could not do it: the message is
            gone, or somebody else's.
    """

    def __init__(
        self,
        d: Any,
        number: int,
        chance: random.Random,
        done: Counter[str],
        impossible: type[Exception],
    ) -> None:
        self._d, self._number, self._done, self._impossible = d, number, done, impossible
        self.chance = chance

    async def do_something(self) -> None:
        """Use one command and wander on from its answer."""
        kinds: dict[Callable[[], Awaitable[Any]], int] = {
            self._continue: 6,
            self._explain: 6,
            self._compare: 1,
            self._read: 3,
            self._use_menu: 2,
            self._be_refused: 2,
        }
        (kind,) = self.chance.choices([*kinds], [*kinds.values()])
        shown = await kind()
        self._done[kind.__name__.strip("_")] += 1
        for _ in range(self.chance.randint(_FEWEST_STEPS, _MOST_STEPS)):
            try:
                shown = await self._step(shown)
            except self._impossible:
                shown = None
            if shown is None:
                return

    async def _continue(self) -> Any:
        strategy = self.chance.choice(({}, {"estrategia": "beam", "beams": 3}, {"intentos": 3}))
        return await self._slash(
            "continuar", self._asking(tokens=self.chance.randint(5, 40)) | strategy
        )

    async def _explain(self) -> Any:
        extra = self.chance.choice(({}, {"palabra": "pescado"}, {"estrategia": "beam", "beams": 3}))
        return await self._slash("explicar", self._asking(pasos=self.chance.randint(3, 12)) | extra)

    async def _compare(self) -> Any:
        return await self._slash("comparar", self._asking(tokens=10))

    async def _read(self) -> Any:
        return await self._slash(
            self.chance.choice(("ajustes ver", "ajustes cambiar", "datos ver", "ayuda", "modelos")),
            {},
        )

    async def _use_menu(self) -> Any:
        message = self._d.user_message(self.chance.choice(TEXTS), user=self._number)
        command = self.chance.choice(("Continuar este mensaje", "Explicar este mensaje"))
        return await self._d.context_menu(command, message, user=self._number, quiet=_QUIET_S)

    async def _be_refused(self) -> Any:
        return await self._slash("continuar", self.chance.choice(REFUSED))

    def _asking(self, **numbers: int) -> dict[str, Any]:
        return {"texto": self.chance.choice(TEXTS), **numbers}

    async def _slash(self, name: str, options: dict[str, Any]) -> Any:
        return await self._d.slash(
            name,
            options,
            user=self._number,
            channel=self._number % 20,
            raw=True,
            quiet=_QUIET_S,
        )

    async def _step(self, shown: Any) -> Any:
        """Use one thing of what is shown; return what it shows, or None where nothing is left."""
        if shown.modal:
            self._done["form"] += 1
            return await self._fill_in(shown)
        if shown.message is None:
            return None
        offered = [*_offered(shown.message)]
        if not offered:
            return None
        item = self.chance.choice(offered)
        common = {"custom_id": item["custom_id"], "user": self._number, "quiet": _QUIET_S}
        if item["type"] == _BUTTON:
            self._done["click"] += 1
            return await self._d.click(shown, **common)
        self._done["choice"] += 1
        value = self.chance.choice(item["options"])["value"]
        return await self._d.select(shown, [value], **common)

    async def _fill_in(self, shown: Any) -> Any:
        fields = [part.get("component", part) for part in shown.modal["components"]]
        boxes = [field for field in fields if field["type"] == 4]
        values = {
            box["custom_id"]: self.chance.choice(WORDS)[: box.get("max_length") or None]
            for box in boxes
        }
        # Nobody types before the form is there; the fake hands it over before the bot knows it.
        await asyncio.sleep(_TYPING_S)
        return await self._d.submit_modal(shown, values, quiet=_QUIET_S)


def _offered(message: Any) -> Iterator[dict[str, Any]]:
    """Yield the buttons and menus that can be used; a link leads out of Discord."""
    for item in message.walk():
        if item.get("disabled") or item.get("style") == _LINK:
            continue
        if item["type"] == _BUTTON or (item["type"] == _MENU and item["options"]):
            yield item
