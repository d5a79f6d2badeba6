"""The branches of a text around one step: the tree that is shown, in words and for its menus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.features.explorer.branches import texts
from bot.features.explorer.branches.chart import BranchesChart, BranchLine
from bot.features.explorer.step.labels import Labels, spoken
from bot.render.alt import listed
from bot.render.markdown import clip, escape, shorten_start
from bot.render.numbers import integer, percent
from bot.render.step import StepView
from bot.render.tokens import isolated, plain, visible
from bot.storage.branches import BranchNode
from bot.texts.common import BANNED_TOKEN
from engine import Candidate, Step

MOST_TEXTS = 10
"""Texts of one picture, which one menu lists: more would not fit on two screens of a phone."""
MOST_ALTERNATIVES = 25
OPENING_LIMIT = 60
"""Of what a branch wrote, as it is stored."""
_OPTION_LIMIT = 100
_START_LIMIT = 40


@dataclass(frozen=True, kw_only=True)
class BranchTree:
    """The part of a tree that one page shows.

    Attributes:
        nodes: Each behind its parent, siblings by the step that they leave.
        current: The text that is looked at.
        start: The end of the prompt, which is what the first text begins with.
        hidden: How many more texts the tree has.
    """

    nodes: tuple[BranchNode, ...]
    current: str
    start: str
    hidden: int = 0

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """Reply id → what menus and picture call the text."""
        return {node.reply_id: number for number, node in enumerate(self.nodes, start=1)}

    @cached_property
    def path(self) -> tuple[BranchNode, ...]:
        """The texts from the first that is shown to the current one."""
        by_id = {node.reply_id: node for node in self.nodes}
        path: list[BranchNode] = []
        here = by_id.get(self.current)
        while here is not None:
            path.append(here)
            here = by_id.get(here.branch.parent_id) if here.branch is not None else None
        return tuple(path[::-1])

    def parent_number(self, node: BranchNode) -> int | None:
        """Return the number of the text that a node leaves, where it is shown."""
        return None if node.branch is None else self.numbers.get(node.branch.parent_id)


def branch_tree(nodes: Sequence[BranchNode], current: str, prompt: str) -> BranchTree:
    """Return what one page shows of a tree: the texts nearest to the current one.

    Args:
        nodes: The whole tree, older siblings first.
        current: Reply id of one of them.
        prompt: What the first text goes on with.
    """
    children: dict[str, list[BranchNode]] = {}
    for node in nodes:
        if node.branch is not None:
            children.setdefault(node.branch.parent_id, []).append(node)
    by_id = {node.reply_id: node for node in nodes}
    near = _nearest(by_id, children, current)
    top = current
    while (branch := by_id[top].branch) is not None and branch.parent_id in near:
        top = branch.parent_id
    ordered = [node for node in _in_order(by_id[top], children) if node.reply_id in near]
    return BranchTree(
        nodes=tuple(ordered),
        current=current,
        start=isolated(shorten_start(_one_line(prompt), _START_LIMIT)),
        hidden=len(nodes) - len(ordered),
    )


def alternatives(step: Step) -> tuple[Candidate, ...]:
    """Return what a branch can go on with, by raw rank, the chosen one always among them."""
    offered = [c for c in step.candidates if c.text != BANNED_TOKEN or c.token_id == step.chosen]
    offered.sort(key=lambda c: (c.token_id != step.chosen, c.raw_rank))
    return tuple(sorted(offered[:MOST_ALTERNATIVES], key=lambda c: c.raw_rank))


def alternative_label(candidate: Candidate, step: Step) -> str:
    """Return «4 · vida ◀» for the menu (plain text)."""
    is_chosen = candidate.token_id == step.chosen
    template = texts.OPTION_CHOSEN if is_chosen else texts.OPTION
    return template.format(rank=integer(candidate.raw_rank), token=spoken(candidate.text, ""))


def alternative_hint(candidate: Candidate, step: Step) -> str:
    """Return «8,1 % crudo · 9,0 % final», or that a filter removed it."""
    is_removed = candidate.removed_by is not None
    template = texts.OPTION_REMOVED if is_removed else texts.OPTION_SHARES
    hint = template.format(raw=percent(candidate.raw_prob), final=percent(candidate.final_prob))
    return hint + (texts.OPTION_CHOSEN_HINT if candidate.token_id == step.chosen else "")


def branches_title(view: StepView) -> str:
    """Return the heading of the page."""
    token = escape(Labels(view).chosen)
    return texts.TITLE.format(token=token, step=view.step + 1, steps=len(view.steps))


def branches_sentences(view: StepView, tree: BranchTree, *, is_public: bool) -> str:
    """Say what can be chosen here, how large the tree is, and who sees it."""
    dice = texts.DICE if view.completion.params.draws_tokens else ""
    chosen = (texts.CHOSEN_PUBLIC if is_public else texts.CHOSEN).format(dice=dice)
    note = texts.PUBLIC_NOTE if is_public else texts.PRIVATE_NOTE
    return "\n".join([chosen, _size(view, tree), note])


def branches_chart_of(tree: BranchTree) -> BranchesChart:
    """Return what the picture shows."""
    path = {node.reply_id for node in tree.path}
    depths: dict[str, int] = {}
    lines = []
    for node in tree.nodes:
        parent = tree.parent_number(node)
        above = node.branch.parent_id if node.branch is not None and parent is not None else None
        depths[node.reply_id] = 0 if above is None else depths[above] + 1
        lines.append(
            BranchLine(
                number=tree.numbers[node.reply_id],
                parent=parent,
                depth=depths[node.reply_id],
                label=_label(node),
                words=_words(tree, node),
                step=None if node.branch is None else node.branch.step,
                is_current=node.reply_id == tree.current,
                is_on_path=node.reply_id in path,
            )
        )
    template = texts.CHART_TITLE_PART if tree.hidden else texts.CHART_TITLE
    title = template.format(
        shown=integer(len(tree.nodes)), texts=_texts(len(tree.nodes) + tree.hidden)
    )
    return BranchesChart(title=title, lines=tuple(lines))


def node_label(tree: BranchTree, node: BranchNode) -> str:
    """Return «3 · amor · que vivía… ◀» for the menu (plain text)."""
    is_current = node.reply_id == tree.current
    template = texts.NODE_HERE if is_current else texts.NODE
    label = texts.NODE_WORDS.format(label=_label(node), words=plain(_words(tree, node)))
    frame = template.format(number=tree.numbers[node.reply_id], label="")
    label = isolated(clip(plain(label), _OPTION_LIMIT - len(frame) - 2))
    return template.format(number=tree.numbers[node.reply_id], label=label)


def node_hint(tree: BranchTree, node: BranchNode, viewer_id: int) -> str:
    """Say where a text leaves which other one, whose it is, and who sees it."""
    parent = tree.parent_number(node)
    hint = texts.NODE_START
    if node.branch is not None:
        template = texts.NODE_CUT if parent is None else texts.NODE_FROM
        hint = template.format(parent=parent, step=node.branch.step + 1)
    if node.owner_id == viewer_id:
        hint += texts.NODE_PRIVATE if node.is_private else texts.NODE_YOURS
    return hint


def _nearest(
    by_id: Mapping[str, BranchNode], children: Mapping[str, Sequence[BranchNode]], current: str
) -> set[str]:
    """Return the texts fewest links away from the current one; they hang together.

    Its parent, its newest child and the siblings beside it are always among them: step by step,
    every text can be reached.
    """
    near = [current]
    branch = by_id[current].branch
    if branch is not None and branch.parent_id in by_id:
        siblings = [child.reply_id for child in children[branch.parent_id]]
        here = siblings.index(current)
        near += [branch.parent_id, *siblings[max(here - 1, 0) : here], *siblings[here + 1 :][:1]]
    for reply_id in near:
        branch = by_id[reply_id].branch
        around = [branch.parent_id] if branch is not None and branch.parent_id in by_id else []
        around += _closest(children.get(reply_id, ()), near)[:MOST_TEXTS]
        near += [other for other in around if other not in near]
        if len(near) >= MOST_TEXTS:
            break
    return set(near[:MOST_TEXTS])


def _closest(siblings: Sequence[BranchNode], near: Sequence[str]) -> list[str]:
    """Order texts by how close they are to the one that is nearest, else newest first."""
    places = {sibling.reply_id: place for place, sibling in enumerate(siblings)}
    came = next((places[reply_id] for reply_id in near if reply_id in places), len(places))
    return sorted(places, key=lambda reply_id: abs(places[reply_id] - came))


def _in_order(top: BranchNode, children: Mapping[str, Sequence[BranchNode]]) -> list[BranchNode]:
    """Return a text and all that hangs on it, each behind its parent."""
    ordered, waiting = [], [top]
    while waiting:
        node = waiting.pop()
        ordered.append(node)
        below = sorted(children.get(node.reply_id, ()), key=_place)
        waiting += below[::-1]
    return ordered


def _place(node: BranchNode) -> tuple[int, int]:
    return (0, 0) if node.branch is None else (node.branch.attempt, node.branch.step)


def _label(node: BranchNode) -> str:
    return texts.CHART_START if node.branch is None else spoken(node.branch.token, "")


def _words(tree: BranchTree, node: BranchNode) -> str:
    if node.branch is None:
        return tree.start
    return isolated(_one_line(node.branch.opening)) or texts.CHART_ENDED


def _one_line(text: str) -> str:
    return visible(plain(text)).strip()


def _size(view: StepView, tree: BranchTree) -> str:
    if len(tree.nodes) == 1:
        return texts.NO_BRANCHES
    here = sum(
        node.branch is not None
        and (node.branch.parent_id, node.branch.attempt, node.branch.step)
        == (tree.current, view.attempt, view.step)
        for node in tree.nodes
    )
    template = texts.COUNT_HERE if here else texts.COUNT
    leaving = texts.HERE_ONE if here == 1 else texts.HERE.format(count=integer(here))
    line = template.format(texts=_texts(len(tree.nodes) + tree.hidden), here=leaving)
    if tree.hidden:
        more = texts.HIDDEN_ONE if tree.hidden == 1 else texts.HIDDEN
        line += more.format(count=integer(tree.hidden))
    return line


def _texts(count: int) -> str:
    return texts.TEXTS.format(count=integer(count))


def branches_alt(chart: BranchesChart) -> str:
    """Say which text is looked at, and from which other one each goes on."""
    here = [texts.ALT_HERE.format(node=_branch(line)) for line in chart.lines if line.is_current]
    others = [_branch(line) for line in chart.lines if not line.is_current]
    return listed(texts.ALT.format(title=chart.title), [*here, *others], [])


def _branch(line: BranchLine) -> str:
    template = texts.ALT_TOP if line.parent is None else texts.ALT_NODE
    return template.format(
        number=line.number,
        parent=line.parent,
        step=(line.step or 0) + 1,
        label=plain(line.label),
        words=plain(line.words),
    )
