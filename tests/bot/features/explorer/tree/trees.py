"""Trees of branches, for the tests of what is shown of them."""

import random

from bot.storage.branches import Branch, BranchNode

TOKENS = (" amor", " vida", "⟨C3⟩", "\n", " 🦄", " extraordinariamente", " مرحبا", "雪")
OPENINGS = (" que vivía en los Andes y cada mañana bajaba", " y el lago", "", "\n«no»\nse sabe")


def reply_id(number):
    return f"{number:032x}"


def node(number, parent=None, *, step=0, attempt=0, token=" vida", opening=" y el", **changes):
    """Return text `number`, which leaves text `parent`."""
    branch = None
    if parent is not None:
        branch = Branch(
            reply_id=reply_id(number),
            parent_id=reply_id(parent),
            attempt=attempt,
            step=step,
            token=token,
            opening=opening,
        )
    fields = {"owner_id": 1, "is_private": False, **changes}
    return BranchNode(reply_id=reply_id(number), branch=branch, **fields)


def grown(count, seed=3, reach=6):
    """Return a random tree, oldest text first."""
    draw = random.Random(seed)
    nodes = [node(0)]
    for number in range(1, count):
        parent = draw.randrange(max(0, number - reach), number)
        nodes.append(
            node(
                number,
                parent,
                step=draw.randrange(12),
                token=draw.choice(TOKENS),
                opening=draw.choice(OPENINGS),
            )
        )
    return nodes
