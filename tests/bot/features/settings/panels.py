"""Pressing the panels of `/ajustes` on the simulated Discord."""


async def choose(actor, message, action, value, scope="user"):
    return await actor.select(message, [value], custom_id=f"u:{action}:{scope}")


async def open_form(world, group, actor=None, scope="user"):
    actor = actor or world.member
    shown = await actor.slash(world.channel, "ajustes cambiar", ambito=scope)
    return await choose(actor, shown.response, "ajustes-grupo", group, scope)
