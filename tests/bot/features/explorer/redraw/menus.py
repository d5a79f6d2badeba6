"""The menus of «¿Y con otra temperatura?» on the simulated Discord."""

from tests.bot.explorer_screens import menus


def setting_menu(message, setting):
    return next(m for m in menus(message) if m["custom_id"].split(":")[1] == f"otra-{setting}")


async def pick(room, message, setting, value, who=None):
    """Choose the option of a menu that says a value."""
    menu = setting_menu(message, setting)
    option = next(o for o in menu["options"] if o["label"].split(": ")[1].split(" (")[0] == value)
    return await (who or room.ana).select(message, [option["value"]], custom_id=menu["custom_id"])
