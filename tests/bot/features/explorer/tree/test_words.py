"""The tree of a beam search in words, as a table and as a picture."""

import csv
import io
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.features.explorer.files.export import tree_csv
from bot.features.explorer.tree.chart import TreeBranch, TreeChart, TreeColumn, tree_chart
from bot.features.explorer.tree.table import added, tree_table
from bot.features.explorer.tree.words import (
    MOST_ALIVE,
    MOST_PRUNED,
    tree_alt,
    tree_chart_of,
    tree_sentences,
    tree_step_label,
    tree_view,
    window_around,
)
from bot.render import sheet
from bot.render.numbers import points
from engine import BeamNode, DecodingParams
from tests.bot.beams import grouped, search
from tests.bot.features.explorer.tree.searches import EOS, VIEW, logprobs, view_of
from tests.bot.render.pictures import difference, pixels

BASELINE = Path(__file__).with_name("tree.png")

CHART = tree_chart_of(VIEW)
EIGHT_GROUPS = tree_view(
    grouped(*(search(logprobs(seed), 6, 1, eos={EOS}) for seed in range(8))),
    DecodingParams(strategy="diverse_beam", num_beams=8, num_beam_groups=8),
    0,
    2,
)


def test_the_picture_looks_as_it_did():
    assert difference(tree_chart(CHART), BASELINE) < 1.0


def test_the_comparison_sees_a_change():
    first, *others = CHART.columns
    fewer = replace(first, branches=first.branches[::-1])
    changed = replace(CHART, columns=(fewer, *others))
    assert difference(tree_chart(changed), BASELINE) > 1.0


@pytest.mark.parametrize("beams", [2, 3, 5, 8])
@pytest.mark.parametrize("steps", [1, 2, 3, 12, 40])
def test_the_picture_shows_the_best_hypotheses_of_its_window(beams, steps):
    for at in {0, steps // 2, steps - 1}:
        view = view_of(beams, steps, at)
        chart = tree_chart_of(view)
        window = range(chart.columns[0].step, chart.columns[-1].step + 1)
        assert view.step in window
        assert len(window) == min(3, view.steps)
        drawn = [branch for column in chart.columns for branch in column.branches]
        for column in chart.columns:
            nodes = view.at(column.step)
            fates = [branch.fate for branch in column.branches]
            pruned = sum(node.status == "pruned" for node in nodes)
            assert fates.count("pruned") == min(pruned, MOST_PRUNED)
            assert len(fates) - fates.count("pruned") == min(len(nodes) - pruned, MOST_ALIVE)
            assert Counter([*fates, *column.hidden]) == Counter(node.status for node in nodes)
        for branch in drawn:
            node = view.tree.nodes[branch.node]
            assert (branch.parent, branch.fate) == (node.parent, node.status)
            assert branch.total == node.score
        on_path = {branch.node for branch in drawn if branch.is_on_path}
        assert on_path == {node.node for node in view.path if node.step in window}


def test_the_window_has_the_step_in_its_middle_where_it_can():
    assert [window_around(step, 5) for step in range(5)] == [
        range(3),
        range(3),
        range(1, 4),
        range(2, 5),
        range(2, 5),
    ]
    assert window_around(0, 1) == range(1)


def test_survivors_stand_above_what_was_pruned_best_first():
    for column in CHART.columns:
        keys = [(branch.fate == "pruned", -branch.total) for branch in column.branches]
        assert keys == sorted(keys)


def test_places_stand_where_the_texts_end():
    view = view_of(3, 3, 2)
    places = {b.node: b.place for b in tree_chart_of(view).columns[-1].branches if b.place}
    assert places == {view.tree.winners[0]: 1, view.tree.winners[1]: 2}


def test_the_words_of_a_step():
    assert tree_sentences(VIEW) == (
        "Los haces (beam search) son **3** textos: suman la log-prob de cada token y siguen los "
        "**3** mejores.\n"
        "Aquí comparó 6: 3 siguen y 3 se podan. El camino ◀ iba "
        "**3.º de 3**.\n"
        "-# Puntuación = suma ÷ 6 tokens."
    )


def test_the_table_says_what_its_mark_means():
    assert "  token ■ fin  puntuación\n" in tree_table(view_of(3, 3, 2))
    assert "■" not in tree_table(VIEW)


def test_a_path_that_is_over_is_said():
    late = view_of(3, 40, 39)
    assert f"ya había terminado en el paso {len(late.path)}." in tree_sentences(late)
    assert tree_step_label(late, 38) == "39 · 3 siguen y 3 se podan"
    assert "El camino ◀ terminó antes" in tree_alt(tree_chart_of(late))


def test_penalised_sums_are_not_called_log_probabilities():
    view = view_of(repetition_penalty=1.2)
    said = tree_sentences(view)
    assert "suman los puntos de cada token" in said
    assert "-# Puntos: log-prob con penalización 1,2." in said
    assert tree_chart_of(view).is_penalised
    head = tree_csv(view.tree, is_penalised=True).decode("utf-8-sig").splitlines()[0]
    assert "Puntos del token" in head


@pytest.mark.parametrize(
    ("power", "said"),
    [(0.0, "Puntuación = suma, porque"), (0.7, "suma ÷ 6 tokens elevado a 0,7.")],
)
def test_the_length_penalty_is_said(power, said):
    assert said in tree_sentences(view_of(length_penalty=power))


def test_an_attempt_that_is_not_in_the_tree_has_no_path():
    view = view_of(attempt=7)
    assert view.path == ()
    assert "◀" not in tree_sentences(view) + tree_table(view)


def test_the_first_token_starts_from_nothing_and_a_reward_is_added():
    node = BeamNode(
        node=0,
        parent=None,
        step=0,
        token_id=1,
        text="x",
        token_score=0.25,
        score=0.25,
        normalised_score=0.25,
        status="kept",
    )
    view = tree_view(replace(VIEW.tree, nodes=(node,), winners=()), VIEW.params, 0, 0)
    assert added(view, node) == "0,000 + 0,250 = 0,250"


def test_a_long_sum_has_fewer_decimals():
    parent = replace(VIEW.tree.nodes[0], node=0, score=-9_123.4564)
    node = replace(parent, node=1, parent=0, step=1, score=-9_133.7561)
    view = tree_view(replace(VIEW.tree, nodes=(parent, node), winners=()), VIEW.params, 0, 1)
    assert added(view, node) == "−9123,5 − 10,3 = −9133,8"


def test_the_texts_own_path_is_drawn_and_listed_wherever_it_stands():
    view = view_of(8, 40, 20, attempt=1)
    for step in range(len(view.path)):
        here = replace(view, step=step)
        assert " ◀" in tree_table(here)
        column = next(c for c in tree_chart_of(here).columns if c.step == step)
        assert any(branch.is_on_path for branch in column.branches)


def test_huge_scores_stay_short():
    assert [points(x, 3) for x in (-3.4118, -999.5, -12_345.6, -1.23e10)] == [
        "−3,412",
        "−999,500",
        "−12\u202f346",
        "−1,2e10",
    ]


def test_the_file_is_safe_and_exact():
    rows = list(
        csv.DictReader(
            io.StringIO(tree_csv(VIEW.tree, is_penalised=False).decode("utf-8-sig")), delimiter=";"
        )
    )
    assert len(rows) == len(VIEW.tree.nodes)
    for row, node in zip(rows, VIEW.tree.nodes, strict=True):
        parent = rows[int(row["Padre"]) - 1] if row["Padre"] else None
        before = float(parent["Suma"].replace(",", ".")) if parent else 0.0
        own, total = (float(row[k].replace(",", ".")) for k in ("Log-prob del token", "Suma"))
        assert before + own == pytest.approx(total, abs=3e-6)
        assert total == pytest.approx(node.score, abs=1e-6)
        assert "\ufffd" not in row["Token"]
    assert all(not row["Texto hasta aquí"].startswith(("=", "+", "-", "@")) for row in rows)


def test_the_alt_text_says_path_and_fates():
    tokens = " ".join(f"«{b.label}»" for c in CHART.columns for b in c.branches if b.is_on_path)
    tokens = tokens.replace("\u2068", "").replace("\u2069", "")
    assert tree_alt(CHART).startswith(f"{CHART.title}. Camino ◀: {tokens}, suma −")
    assert "paso 6: 3 siguen y 3 se podan" in tree_alt(CHART)


def test_many_end_tokens_leave_some_pruned_branches_to_the_file():
    node = next(node for node in VIEW.tree.nodes if node.status == "pruned" and node.step == 0)
    start = len(VIEW.tree.nodes)
    more = tuple(replace(node, node=start + i) for i in range(24))
    view = tree_view(
        replace(VIEW.tree, nodes=(*VIEW.tree.nodes, *more)), VIEW.params, VIEW.attempt, 0
    )
    column = tree_chart_of(view).columns[0]
    assert sum(branch.fate == "pruned" for branch in column.branches) == MOST_PRUNED
    assert column.hidden == ("pruned",) * 25
    assert "paso 1: 3 siguen y 27 se podan" in tree_alt(tree_chart_of(view))
    assert pixels(tree_chart(tree_chart_of(view))).shape[1] == 700


@pytest.mark.parametrize("view", [view_of(3, 40, 20), view_of(8, 40, 20), EIGHT_GROUPS])
def test_a_picture_is_light(view, drawn):
    chart = tree_chart_of(view)
    assert len(drawn(lambda: tree_chart(chart))) <= 100_000


def test_marked_and_finished_boxes_differ_without_colour():
    picture = pixels(tree_chart(tree_chart_of(view_of(3, 3, 1))))
    grey = picture @ np.array([0.299, 0.587, 0.114])
    scale = 700 / sheet.PHONE_WIDTH
    y, inside = int(scale * (26 + 9)), int(scale * 40)
    path, end = grey[y, inside], grey[y, int(scale * 212)]
    assert end - path > 100


def test_text_stays_inside_the_margins():
    long = "extraordinariamente largo " * 4
    branch = TreeBranch(node=0, parent=None, label=long, total=-1e12, fate="kept")
    branches = (
        branch,
        replace(branch, node=1, fate="finished", is_on_path=True, place=1),
        replace(branch, node=2, fate="pruned"),
    )
    columns = tuple(
        TreeColumn(step=i, branches=tuple(replace(b, node=b.node + 3 * i) for b in branches))
        for i in range(3)
    )
    # At the end of the search nothing leads out of the picture.
    ended = replace(columns[2], branches=tuple(replace(b, place=3) for b in columns[2].branches))
    chart = TreeChart(title=long, columns=(*columns[:2], ended), current=1)
    picture = pixels(tree_chart(chart)).astype(int)
    background = np.array([int(sheet.BACKGROUND[i : i + 2], 16) for i in (1, 3, 5)])
    assert (np.abs(picture[:, -6:] - background) < 12).all()


if __name__ == "__main__":  # after a wanted change: look at the new picture, then commit it
    BASELINE.write_bytes(tree_chart(CHART))
