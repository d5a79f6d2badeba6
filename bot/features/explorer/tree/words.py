"""A beam search around one step: what its picture shows, and in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.features.explorer.tree import texts
from bot.features.explorer.tree.chart import TreeBranch, TreeChart, TreeColumn
from bot.render.alt import listed
from bot.render.joining import joined
from bot.render.numbers import decimal, integer, points
from bot.render.step import token_label
from bot.render.step_sentence import beam_standing
from bot.render.tokens import plain
from bot.texts import common
from engine import BeamNode, BeamTree, DecodingParams

COLUMNS = 3
"""Steps in one picture: as many as a phone shows with their numbers."""
MOST_ALIVE, MOST_PRUNED = 4, 2
"""Surviving and pruned branches drawn in a column; what the text goes through always is."""
DIGITS = 3


@dataclass(frozen=True)
class TreeView:
    """A beam search as one page shows it.

    Attributes:
        tree: Everything that it considered; not empty.
        params: The effective settings.
        attempt: 0-based; its path is the one marked.
        step: 0-based step in the middle of the page; it may lie beyond the attempt's end.
    """

    tree: BeamTree
    params: DecodingParams
    attempt: int
    step: int

    @cached_property
    def steps(self) -> int:
        """How many steps the search took."""
        return 1 + max(node.step for node in self.tree.nodes)

    @cached_property
    def path(self) -> tuple[BeamNode, ...]:
        """The attempt's hypotheses, first step first."""
        return path_to(self.tree, self.tree.winners[self.attempt]) if self._is_known else ()

    @property
    def is_penalised(self) -> bool:
        """Whether scores are something else than log-probabilities."""
        return is_penalised(self.params)

    @property
    def is_grouped(self) -> bool:
        """Whether the beams search in groups."""
        return self.params.strategy == "diverse_beam"

    @property
    def window(self) -> range:
        """The steps that are drawn, the current one in the middle where there are enough."""
        return window_around(self.step, self.steps)

    @property
    def _is_known(self) -> bool:
        return self.attempt < len(self.tree.winners)

    def at(self, step: int) -> tuple[BeamNode, ...]:
        """Return what was considered at a step: survivors first, each group best first."""
        nodes = [node for node in self.tree.nodes if node.step == step]
        return tuple(sorted(nodes, key=lambda n: (n.status == "pruned", -n.score, n.node)))


def is_penalised(params: DecodingParams) -> bool:
    """Tell whether a search's scores are something else than log-probabilities."""
    return params.repetition_penalty != 1.0 or is_diversified(params)


def is_diversified(params: DecodingParams) -> bool:
    """Tell whether groups of beams pay for what the earlier ones choose."""
    return params.strategy == "diverse_beam" and params.diversity_penalty != 0.0


def tree_view(tree: BeamTree, params: DecodingParams, attempt: int, step: int) -> TreeView:
    """Return a page of a tree; a step beyond its end shows the last one."""
    last = max(node.step for node in tree.nodes)
    return TreeView(tree, params, attempt, min(max(step, 0), last))


def path_to(tree: BeamTree, index: int) -> tuple[BeamNode, ...]:
    """Return the hypotheses from the first step to a node."""
    path = [tree.nodes[index]]
    while path[-1].parent is not None:
        path.append(tree.nodes[path[-1].parent])
    return tuple(path[::-1])


def window_around(step: int, steps: int) -> range:
    """Return the steps that are drawn with this one."""
    first = max(0, min(step - COLUMNS // 2, steps - COLUMNS))
    return range(first, min(first + COLUMNS, steps))


def tree_chart_of(view: TreeView) -> TreeChart:
    """Return what the picture shows: the best hypotheses of the window."""
    window = view.window
    template = texts.CHART_TITLE if len(window) > 1 else texts.CHART_TITLE_ONE
    return TreeChart(
        title=template.format(first=window.start + 1, last=window.stop, steps=view.steps),
        columns=tuple(_column(view, step) for step in window),
        current=view.step,
        is_penalised=view.is_penalised,
    )


def tree_title(view: TreeView) -> str:
    """Return the heading of the page."""
    return texts.TITLE.format(step=view.step + 1, steps=view.steps)


def tree_step_label(view: TreeView, step: int) -> str:
    """Return «3 · ␣vida ◀» for menus (plain text), or what happened at the step."""
    if step < len(view.path):
        return texts.STEP_ON_PATH.format(step=step + 1, token=token_label(view.path[step].text))
    counts = Counter[str](node.status for node in view.at(step))
    return texts.STEP.format(step=step + 1, fates=fates(counts))


def tree_sentences(view: TreeView) -> str:
    """Say what a beam search does, and what it did at this step."""
    params = view.params
    groups = params.num_beam_groups if view.is_grouped else 1
    what = texts.WHAT_GROUPS if view.is_grouped else texts.WHAT
    unit = texts.POINTS if view.is_penalised else texts.LOGPROB
    beams = integer(params.num_beams // groups)
    here = f"{_compared(view)} {_standing(view)}".rstrip()
    lines = [what.format(groups=integer(groups), beams=beams, unit=unit), here, _score_note(view)]
    if params.repetition_penalty != 1.0:
        penalty = decimal(params.repetition_penalty, digits=4)
        lines.append(texts.PENALISED.format(value=penalty))
    if is_diversified(params):
        penalty = decimal(params.diversity_penalty, digits=4)
        lines.append(texts.DIVERSIFIED.format(value=penalty))
    return "\n".join(lines)


def foremost(view: TreeView, nodes: Sequence[BeamNode], most: int) -> list[BeamNode]:
    """Return the best, and in the last place the one on the text's path where it is lower."""
    own = [node for node in nodes[most:] if node in view.path]
    return [*nodes[: most - len(own)], *own]


def fates(counts: Counter[str]) -> str:
    """Say how many hypotheses met each fate: «3 siguen, 1 termina y 2 se podan»."""
    parts = [
        (one if counts[fate] == 1 else many).format(count=integer(counts[fate]))
        for fate, (one, many) in texts.FATES.items()
        if counts[fate]
    ]
    return joined(parts)


def _column(view: TreeView, step: int) -> TreeColumn:
    places = {node: place for place, node in enumerate(view.tree.winners, start=1)}
    path = {node.node for node in view.path}
    nodes = view.at(step)
    alive = [node for node in nodes if node.status != "pruned"]
    drawn = foremost(view, alive, MOST_ALIVE - view.is_grouped)
    drawn += foremost(view, nodes[len(alive) :], MOST_PRUNED)
    # Groups stand together, so that their branches do not cross.
    shown = sorted(drawn, key=lambda node: (node.status == "pruned", node.group))
    return TreeColumn(
        step=step,
        branches=tuple(
            TreeBranch(
                node=node.node,
                parent=node.parent,
                label=_label(view, node),
                total=node.score,
                fate=node.status,
                is_on_path=node.node in path,
                place=places.get(node.node),
            )
            for node in shown
        ),
        hidden=tuple(node.status for node in nodes if node not in drawn),
    )


def _label(view: TreeView, node: BeamNode) -> str:
    label = token_label(node.text)
    return texts.GROUP_LABEL.format(group=node.group + 1, label=label) if view.is_grouped else label


def _compared(view: TreeView) -> str:
    nodes = view.at(view.step)
    template = texts.COMPARED_ONE if len(nodes) == 1 else texts.COMPARED
    said = fates(Counter[str](node.status for node in nodes))
    return template.format(count=integer(len(nodes)), fates=said)


def _standing(view: TreeView) -> str:
    if not view.path:
        return ""
    if view.step >= len(view.path):
        return texts.ENDED.format(step=len(view.path))
    standing = beam_standing(view.tree, view.attempt, view.step)
    return "" if standing is None else texts.STANDING.format(rank=standing[0], alive=standing[1])


def _score_note(view: TreeView) -> str:
    power, count = view.params.length_penalty, view.step + 1
    if power == 0:
        return texts.SCORE_UNDIVIDED
    length = common.tokens(integer(count))
    if power != 1:
        length = texts.POWER.format(count=integer(count), power=decimal(power, digits=4))
    return texts.SCORE.format(length=length)


def tree_alt(chart: TreeChart) -> str:
    """Say the marked path through the window, and what became of the others at each step."""
    branches = [branch for column in chart.columns for branch in column.branches]
    path = [branch for branch in branches if branch.is_on_path]
    items = [texts.ALT_NO_PATH]
    if path:
        tokens = " ".join(texts.ALT_TOKEN.format(token=plain(branch.label)) for branch in path)
        items = [texts.ALT_PATH.format(tokens=tokens, total=points(path[-1].total, 3))]
    for column in chart.columns:
        counts: Counter[str] = Counter(branch.fate for branch in column.branches)
        counts.update(column.hidden)
        items.append(texts.ALT_COLUMN.format(step=column.step + 1, fates=fates(counts)))
    return listed(texts.ALT.format(title=chart.title), items, [])
