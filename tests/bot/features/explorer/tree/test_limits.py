"""The tree of any beam search: inside Discord's limits, and drawable."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.features.explorer.files.export import tree_csv
from bot.features.explorer.tree.chart import tree_chart
from bot.features.explorer.tree.table import TABLE_COLUMNS, tree_table
from bot.features.explorer.tree.words import (
    tree_alt,
    tree_chart_of,
    tree_sentences,
    tree_step_label,
    tree_title,
    tree_view,
)
from bot.render.alt import ALT_LIMIT
from bot.render.markdown import fits
from bot.render.tables import width
from engine import BeamNode, BeamTree, DecodingParams
from tests.bot.any_reply import HOSTILE
from tests.bot.render.pictures import pixels

TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1, max_size=40))


@st.composite
def views(draw):
    """Return a page of any tree: any texts, statuses, scores and widths."""
    beams, steps = draw(st.integers(1, 8)), draw(st.integers(1, 8))
    groups = draw(st.sampled_from([n for n in range(1, beams + 1) if beams % n == 0]))
    end_tokens = draw(st.sampled_from([1, 1, 2, 5]))
    pool = draw(st.lists(TEXTS, min_size=1, max_size=6))
    nodes, parents = [], [None]
    for step in range(steps):
        kept = []
        for rank in range(draw(st.integers(beams, (1 + end_tokens) * beams))):
            status = draw(st.sampled_from(["kept", "finished", "pruned"]))
            own = draw(st.floats(-40, 2))
            parent = draw(st.sampled_from(parents))
            score = own if parent is None else nodes[parent].score + own
            node = BeamNode(
                node=len(nodes),
                parent=parent,
                step=step,
                token_id=rank,
                text=draw(st.sampled_from(pool)),
                token_score=own,
                score=score,
                normalised_score=score * draw(st.sampled_from([1.0, 0.1, 1e6, 1e12])),
                status=status,
                group=draw(st.integers(0, groups - 1)),
            )
            if status == "kept" or rank == 0:
                kept.append(node.node)
            nodes.append(node)
        parents = kept
    winners = draw(st.lists(st.sampled_from(range(len(nodes))), max_size=beams, unique=True))
    params = DecodingParams(
        strategy="beam" if groups == 1 else "diverse_beam",
        num_beams=beams,
        num_beam_groups=groups,
        diversity_penalty=draw(st.floats(0, 10)),
        length_penalty=draw(st.floats(-5, 5)),
        repetition_penalty=draw(st.floats(0.1, 10)),
    )
    tree = BeamTree(nodes=tuple(nodes), winners=tuple(winners))
    return tree_view(tree, params, draw(st.integers(0, 7)), draw(st.integers(0, 40)))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(views())
def test_any_tree_fits_discord(view):
    table = tree_table(view)
    lines = table.split("\n")
    assert len(lines) <= 11
    assert all(width(line) <= TABLE_COLUMNS for line in lines)
    assert (lines[0], lines[-1]) == ("```", "```")
    assert "```" not in "\n".join(lines[1:-1])
    assert fits(tree_title(view) + tree_sentences(view) + table, 3300)
    assert fits(tree_alt(tree_chart_of(view)), ALT_LIMIT)
    labels = [tree_step_label(view, step) for step in range(view.steps)]
    assert all(label and fits(label, 100) for label in labels)
    tree_csv(view.tree, is_penalised=view.is_penalised)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(views())
def test_any_tree_can_be_drawn(view):
    png = tree_chart(tree_chart_of(view))
    assert len(png) <= 300_000
    assert pixels(png).shape[1] == 700
