"""Clicks on what the bot never showed: a component put into a message by hand."""


async def use(room, who, message, component):
    """Put a component into a message and use it; return what everybody sees of it afterwards."""
    row = {"type": 1, "components": [component]}
    stored = room.env.backend.get_message(room.channel.id, message.id)
    is_v2 = bool(stored.flags & (1 << 15))
    shown = [{"type": 10, "content": "Un texto"}, row] if is_v2 else [row]
    room.env.backend.edit_message(room.channel.id, message.id, {"components": shown})
    handle = room.message(message.id)
    if component["type"] == 2:
        return await who.click(handle, custom_id=component["custom_id"])
    values = [component["options"][0]["value"]]
    return await who.select(handle, values, custom_id=component["custom_id"])
