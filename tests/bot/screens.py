"""Reading what a Components V2 message shows."""

from simcord.components import walk_components


def text_of(message):
    """Return all the Markdown of a message, one block a line."""
    blocks = [c["content"] for c in walk_components(message.components) if c.get("type") == 10]
    return "\n".join(blocks) or message.content


def component(message, prefix):
    """Return the one button or menu whose custom_id starts with `u:<prefix>`."""
    found = [
        c
        for c in walk_components(message.components)
        if str(c.get("custom_id", "")).startswith(f"u:{prefix}")
    ]
    assert len(found) == 1, [c.get("custom_id") for c in found]
    return found[0]


def said(result):
    """Return what a click was answered with, in words: behind a renewed menu, or alone."""
    return (result.followups[-1] if result.followups else result.response).content


def has_component(message, prefix):
    """Tell whether there is a button or menu whose custom_id starts with `u:<prefix>`."""
    return any(
        str(c.get("custom_id", "")).startswith(f"u:{prefix}")
        for c in walk_components(message.components)
    )


def modal_controls(result):
    """Return the fields of an opened form: custom_id → component."""
    return {
        c["custom_id"]: c for c in walk_components(result.modal["components"]) if "custom_id" in c
    }
