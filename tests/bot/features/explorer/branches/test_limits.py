"""Any tree of branches: inside Discord's limits, and drawable."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.features.explorer.branches.chart import branches_chart
from bot.features.explorer.branches.words import (
    MOST_TEXTS,
    OPENING_LIMIT,
    branch_tree,
    branches_alt,
    branches_chart_of,
    branches_sentences,
    node_hint,
    node_label,
)
from bot.render.alt import ALT_LIMIT
from bot.render.markdown import clip, fits
from tests.bot.any_reply import HOSTILE
from tests.bot.features.explorer.tree.trees import node, reply_id
from tests.bot.features.explorer.word.answers import view_of
from tests.bot.render.pictures import pixels

TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1, max_size=40))


@st.composite
def trees(draw):
    """Return what a page shows of any tree; its first text may have left one that is gone."""
    pool = draw(st.lists(TEXTS, min_size=1, max_size=6))
    texts = st.sampled_from(pool)
    nodes = []
    for number in range(draw(st.integers(1, 40))):
        parent = draw(st.integers(0, number - 1)) if number else draw(st.sampled_from([None, 99]))
        nodes.append(
            node(
                number,
                parent,
                step=draw(st.integers(0, 4095)),
                attempt=draw(st.integers(0, 9)),
                token=draw(texts),
                opening=clip(draw(texts) * draw(st.sampled_from([0, 1, 9])), OPENING_LIMIT),
                is_private=draw(st.booleans()),
            )
        )
    current = draw(st.integers(0, len(nodes) - 1))
    return len(nodes), current, branch_tree(nodes, reply_id(current), draw(texts))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(trees())
def test_any_tree_fits_discord(found):
    count, current, tree = found
    assert len(tree.nodes) == min(count, MOST_TEXTS)
    assert tree.hidden == count - len(tree.nodes)
    assert reply_id(current) in tree.numbers
    for one in tree.nodes:
        above = tree.parent_number(one)
        assert above is None or above < tree.numbers[one.reply_id]
        assert 1 <= len(node_label(tree, one).encode("utf-16-le", "surrogatepass")) // 2 <= 100
        assert fits(node_hint(tree, one, 1), 100)
        assert one.branch is None or fits(one.branch.opening, OPENING_LIMIT)
    assert sum(tree.parent_number(one) is None for one in tree.nodes) == 1
    said = branches_sentences(view_of(), tree, is_public=False)
    assert fits(said, 2500)
    assert said.count("\n") <= 3
    assert fits(branches_alt(branches_chart_of(tree)), ALT_LIMIT)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(trees())
def test_any_tree_can_be_drawn(found):
    png = branches_chart(branches_chart_of(found[2]))
    assert len(png) <= 300_000
    assert pixels(png).shape[1] in {525, 700}
