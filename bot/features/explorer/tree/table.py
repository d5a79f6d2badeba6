"""What went on from a step of a beam search, as a table whose sums add up."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.explorer.tree import texts
from bot.features.explorer.tree.words import DIGITS, TreeView, foremost
from bot.render.numbers import MINUS, fixed, integer, points
from bot.render.step import token_label
from bot.render.tables import code_block, cut, pad, width
from engine import BeamNode

MOST_LISTED = 2
"""Survivors in the table, the text's own among them. Groups, of more words, have one less."""
TABLE_COLUMNS = 25
"""A phone's narrowest column."""


def tree_table(view: TreeView) -> str:
    """List what went on from the step, with sums that add up, and how near the next one was.

    A step is written as the difference of the two rounded sums: at most 0,001 from its own value,
    which the file has with all its decimals.
    """
    nodes = view.at(view.step)
    pruned = [node for node in nodes if node.status == "pruned"]
    is_ending = any(node.status == "finished" for node in nodes)
    head = f"  {texts.TABLE_HEAD}{f' {texts.TABLE_FINISHED}' if is_ending else ''}"
    lines = [_across(head, texts.TABLE_SCORE)]
    alive = [node for node in nodes if node.status != "pruned"]
    listed = foremost(view, alive, MOST_LISTED - view.is_grouped)
    for rank, node in enumerate(alive, start=1):
        lines += _lines(view, node, rank) if node in listed else []
    rest = [node for node in alive if node not in listed]
    lines += _more(rest, texts.MORE_ALIVE, texts.MORE_ALIVE_ONE)
    for node in pruned[:1]:
        lines += _lines(view, node, len(nodes))
    lines += _more(pruned[1:], texts.MORE_PRUNED, texts.MORE_PRUNED_ONE)
    return code_block("\n".join(lines))


def _more(nodes: Sequence[BeamNode], many: str, one: str) -> list[str]:
    if not nodes:
        return []
    template = one if len(nodes) == 1 else many
    total = fixed(min(node.score for node in nodes), DIGITS)
    return [cut(template.format(count=integer(len(nodes)), total=total), TABLE_COLUMNS)]


def added(view: TreeView, node: BeamNode) -> str:
    """Write a hypothesis's sum: «−2,900 − 0,512 = −3,412», in fewer decimals where it is long."""
    for digits in range(DIGITS, -1, -1):
        said = _sum(view, node, digits)
        if width(said) <= TABLE_COLUMNS:
            break
    return said


def _sum(view: TreeView, node: BeamNode, digits: int) -> str:
    before = 0.0 if node.parent is None else round(view.tree.nodes[node.parent].score, digits)
    total = round(node.score, digits)
    own = total - before
    sign = "+" if own > 0 else MINUS
    start, step, end = (fixed(number, digits) for number in (before, abs(own), total))
    return f"{start} {sign} {step} = {end}"


def _lines(view: TreeView, node: BeamNode, rank: int) -> list[str]:
    place = {n: i for i, n in enumerate(view.tree.winners, start=1)}.get(node.node)
    marks = [
        texts.GROUP.format(group=node.group + 1) if view.is_grouped else "",
        texts.FINISHED_MARK if node.status == "finished" else "",
        texts.PLACE.format(place=place) if place is not None else "",
        texts.CHOSEN_MARK if node in view.path else "",
    ]
    lead = texts.REMOVED_MARK if node.status == "pruned" else integer(rank)
    tail = "".join(f" {mark}" for mark in marks if mark)
    score = points(node.normalised_score, DIGITS)
    room = TABLE_COLUMNS - width(f"{lead} {tail}  {score}")
    label = cut(token_label(node.text), max(1, room))
    return [
        _across(f"{lead} {label}{tail}", score),
        cut(added(view, node), TABLE_COLUMNS),
    ]


def _across(left: str, right: str) -> str:
    return pad(left, TABLE_COLUMNS - width(right)) + right
