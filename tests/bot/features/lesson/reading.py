"""Reading a lesson's messages."""

from simcord.components import walk_components


def buttons(message):
    """Return the labels of a message's buttons, those that are off in brackets."""
    return [
        f"({c['label']})" if c.get("disabled") else c["label"]
        for c in walk_components(message.components)
        if c.get("type") == 2
    ]
