"""`python -m tests.bot.dump_screens FOLDER`: every screen of the bot, as files to compare.

Runs each command on the scripted engine, then presses every button and chooses every option of
what it shows, two steps deep, each from a fresh start. A screen is written with its components,
its ids and the hashes of its pictures; two folders that are equal (`diff -r`) show the same bytes
to people. `FOLDER/custom_ids.txt` lists every custom_id that was met.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import json
import re
import sys
import tempfile
from pathlib import Path
from unittest import mock

from simcord.components import walk_components

from engine.explain import (
    AttentionRequest,
    LogitLensRequest,
    RedrawRequest,
    TokenVectorsRequest,
    WhyNotRequest,
)
from tests.bot.features.explorer.word.answers import CUT
from tests.bot.fillings import ENCODER, OTHER_ENCODER
from tests.bot.insides import answering
from tests.bot.scripted import ScriptedEngine, _redraw
from tests.bot.world import open_world

PROMPT = "El amor es eterno mientras dura"
DRAWN = {"semilla": 7, "estrategia": "sample", "temperatura": "1"}
STARTS: dict[str, tuple[str, dict[str, object]]] = {
    "continuar": ("continuar", {"texto": PROMPT, "tokens": 6, **DRAWN}),
    "continuar-3": ("continuar", {"texto": PROMPT, "tokens": 6, "intentos": 3, **DRAWN}),
    "continuar-privado": ("continuar", {"texto": PROMPT, "tokens": 6, "privado": True, **DRAWN}),
    "explicar": ("explicar", {"texto": PROMPT, "pasos": 6, **DRAWN}),
    "explicar-palabra": ("explicar", {"texto": PROMPT, "pasos": 6, "palabra": "lago", **DRAWN}),
    "explicar-beam": ("explicar", {"texto": PROMPT, "pasos": 5, "semilla": 7, "beams": 3}),
    "comparar": ("comparar", {"texto": PROMPT, "tokens": 6}),
    "tokens": ("tokens", {"texto": "Hola, ñandú", "otro": "otro"}),
    "rellenar": ("rellenar", {"texto": "El ___ y la ___ van con [MASK]."}),
    "ajustes": ("ajustes ver", {}),
    "modelos": ("modelos", {}),
    "datos": ("datos ver", {}),
    "datos-borrar": ("datos borrar", {}),
    "ayuda": ("ayuda", {}),
    "estado": ("estado", {}),
}
MORE_MODELS = {"rellenar": (ENCODER, OTHER_ENCODER)}
DEPTH = 2
_HEX = re.compile(r"[0-9a-f]{32}")
_SNOWFLAKE = re.compile(r"\d{15,20}")
_VARIABLE = re.compile(r"hace [^.·\n]+|<t:\d+(:\w)?>|\d+(?:,\d+)? (?:s|ms|min|MB|kB|GB)\b")

Move = tuple[str, int, int, str]
"""Kind (`click` or `choose`), which component, which of its options, and both without ids."""


class Dump:
    """Writes screens into a folder; the same screen twice is written once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.custom_ids: set[str] = set()
        folder.mkdir(parents=True, exist_ok=True)

    async def all_of(self, name: str, depth: int = DEPTH) -> None:
        """Write a command's screen and those behind it."""
        seen: set[str] = set()
        level: list[tuple[Move, ...]] = [()]
        for _ in range(depth + 1):
            below: list[tuple[Move, ...]] = []
            for path in level:
                for move in await self._show(name, path):
                    if move[3] not in seen:
                        seen.add(move[3])
                        below.append((*path, move))
            level = below

    async def _show(self, name: str, path: tuple[Move, ...]) -> list[Move]:
        """Walk a path from a fresh start, write its end; return the moves that lead on."""
        with tempfile.TemporaryDirectory() as data_dir, _fixed_ids():
            async with open_world(Path(data_dir)) as room:
                room.engine.explain = _explaining(room.engine)
                room.engine.more_models = MORE_MODELS.get(name, ())
                command, options = STARTS[name]
                result = await room.ana.slash(room.channel, command, **options)
                for move in path:
                    result = await _press(room, result, move)
                title = " ".join((name, *(move[3] for move in path)))
                await self._write(room, title, result)
                return _moves(_shown(result))

    async def _write(self, room, title: str, result) -> None:
        shown = [m for m in (result.response, *result.followups) if m is not None]
        pictures = [[_digest(await a.read()) for a in message.attachments] for message in shown]
        content = {
            "title": title,
            "messages": [
                {"content": m.content, "ephemeral": m.ephemeral, "components": m.components}
                for m in shown
            ],
            "files": [[a.filename for a in message.attachments] for message in shown],
            "pictures": pictures,
            "modal": result.modal,
        }
        for component in (c for m in shown for c in walk_components(m.components)):
            if "custom_id" in component:
                self.custom_ids.add(_HEX.sub("0" * 32, str(component["custom_id"])))
        text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
        text = _VARIABLE.sub("<…>", _SNOWFLAKE.sub("<id>", _HEX.sub("<reply>", text)))
        name = hashlib.sha256(title.encode()).hexdigest()[:16]
        (self.folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")

    def write_custom_ids(self) -> None:
        """Write the list of all custom_ids, one a line."""
        lines = "\n".join(sorted(self.custom_ids))
        (self.folder / "custom_ids.txt").write_text(lines + "\n", encoding="utf-8")


@contextlib.contextmanager
def _fixed_ids():
    """Count the bytes of request ids and seeds instead of drawing them."""
    numbers = itertools.count(1)

    def counted(size: int) -> bytes:
        return next(numbers).to_bytes(8, "big").rjust(size, b"\0")[-size:]

    with mock.patch("os.urandom", counted), mock.patch("random._urandom", counted):
        yield


def _explaining(engine: ScriptedEngine):
    """Answer every question about a decision, whatever its kind."""
    inside, _ = answering()

    async def explain(request):
        if isinstance(request, RedrawRequest):
            return _redraw(request)
        if isinstance(request, WhyNotRequest):
            return CUT
        if isinstance(request, AttentionRequest | LogitLensRequest | TokenVectorsRequest):
            return await inside(request)
        return await ScriptedEngine.explain(engine, request)

    return explain


def _shown(result):
    """Return the message that a result leaves on the screen."""
    return result.followups[-1] if result.followups else result.response


def _moves(message) -> list[Move]:
    moves: list[Move] = []
    for index, component in enumerate(_controls(message)):
        name = _HEX.sub("", str(component["custom_id"]))
        if component.get("disabled"):
            continue
        if component["type"] == 2:
            moves.append(("click", index, 0, f"click {name}"))
        for place, option in enumerate(component.get("options", ())):
            value = _HEX.sub("", option["value"])
            moves.append(("choose", index, place, f"choose {name} {value}"))
    return moves


def _controls(message):
    """Return the buttons and menus of a message."""
    components = walk_components(message.components if message is not None else [])
    return [c for c in components if c.get("custom_id") and c["type"] in {2, 3}]


def _digest(data: bytes) -> str:
    """Return what tells one file from another, whatever the ids of its replies are."""
    if not data.startswith(b"\x89PNG"):
        data = _HEX.sub("", data.decode()).encode()
    return hashlib.sha256(data).hexdigest()


async def _press(room, result, move: Move):
    kind, index, place, _ = move
    message = _shown(result)
    component = _controls(message)[index]
    if kind == "click":
        return await room.ana.click(message, custom_id=component["custom_id"])
    value = component["options"][place]["value"]
    return await room.ana.select(message, [value], custom_id=component["custom_id"])


async def main(folder: Path) -> None:
    """Write every screen."""
    dump = Dump(folder)
    for name in STARTS:
        await dump.all_of(name)
    dump.write_custom_ids()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
