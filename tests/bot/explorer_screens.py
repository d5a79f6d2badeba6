"""Opening the explorer on the simulated Discord, and reading what a page of it shows."""

import asyncio

from simcord.components import walk_components


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def screen(message) -> str:
    """Every text of a Components V2 message, top to bottom."""
    return plain(
        "\n".join(c["content"] for c in walk_components(message.components) if c["type"] == 10)
    )


def buttons(message) -> list[str]:
    return [c["label"] for c in walk_components(message.components) if c["type"] == 2]


def menus(message) -> list[dict]:
    return [c for c in walk_components(message.components) if c["type"] == 3]


def menu(message, start: str) -> dict:
    found = (m for m in menus(message) if start.casefold() in m["placeholder"].casefold())
    return next(found)


def where(message) -> tuple[int, int]:
    """Return the attempt and the step of an explorer's first page, both counted from 0."""
    attempt, step = menu(message, "Ver más")["custom_id"].split(":")[3:5]
    return int(attempt), int(step)


def alt(message) -> str:
    gallery = next(c for c in walk_components(message.components) if c["type"] == 12)
    return plain(gallery["items"][0]["description"])


def heading(message) -> str:
    return screen(message).split("\n")[0]


async def opened(room, who=None, texto="El amor es eterno.", **options):
    """Run /explicar with seed 7, eight steps and temperature 1; None leaves an option out."""
    options = {"semilla": 7, "pasos": 8, "estrategia": "sample", "temperatura": "1", **options}
    options = {name: value for name, value in options.items() if value is not None}
    return await (who or room.ana).slash(room.channel, "explicar", texto=texto, **options)


async def explicar(room, who=None, **options):
    """Do the same, and go on to the broken byte, which surprised most of all tokens."""
    result = await opened(room, who, **options)
    message = result.response
    if any("Ver más" in m["placeholder"] for m in menus(message)) and where(message) == (0, 3):
        for _ in range(2):
            await (who or room.ana).click(message, label="▶")
    return result


async def at_first_step(room, message, who=None):
    """Turn an explorer's first page to the first step of its text."""
    while where(message)[1]:
        await (who or room.ana).click(message, label="◀")


async def published(room, message, who=None):
    """Publish an explorer's first page, and return the copy."""
    return (await choose(room, message, "Ver más", "publicar", who)).followups[0]


async def choose(room, message, start, value, who=None):
    return await (who or room.ana).select(
        message, [value], custom_id=menu(message, start)["custom_id"]
    )


async def ask(room, message, word="mar", who=None):
    who = who or room.ana
    form = await who.click(message, label="¿Y mi palabra?")
    return await who.submit_modal(form, {"palabra": word})


async def answered(room, doing):
    """Return the stored reply and the message of an action, once the engine has nothing to do."""
    result = await doing
    while room.engine.is_busy:
        await asyncio.sleep(0.02)
        await room.env.settle()
    # What the engine gave is drawn in a thread, and shown behind that.
    await room.env.settle()
    return await room.reply_of(result), result.response
