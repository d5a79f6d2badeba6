"""The tree of a text's branches in words, for menus and as a picture."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.features.explorer.branches.chart import BranchesChart, BranchLine, branches_chart
from bot.features.explorer.branches.words import (
    MOST_TEXTS,
    alternative_hint,
    alternative_label,
    alternatives,
    branch_tree,
    branches_alt,
    branches_chart_of,
    branches_sentences,
    branches_title,
    node_hint,
    node_label,
)
from bot.render import sheet
from bot.texts.common import BANNED_TOKEN
from tests.bot.explorer_screens import plain
from tests.bot.features.explorer.tree.trees import grown, node, reply_id
from tests.bot.features.explorer.word.answers import AMOR, candidate, step_of, view_of
from tests.bot.render.pictures import difference, pixels

BASELINE = Path(__file__).with_name("branches.png")

PROMPT = "El amor es eterno mientras dura. Había una vez"
SMALL = (
    node(0),
    node(1, 0, step=4, token=" vida", opening=" que vivía en los Andes y cada mañana"),
    node(2, 1, step=2, token="⟨C3⟩", opening=""),
    node(3, 0, step=2, token=" extraordinariamente", opening=" y el lago"),
    node(4, 1, step=0, token=" 🦄", opening="\n«no» se sabe"),
)
TREE = branch_tree(SMALL, reply_id(1), PROMPT)
CHART = branches_chart_of(TREE)


def numbers(tree):
    return [int(one.reply_id, 16) for one in tree.nodes]


def test_the_picture_looks_as_it_did():
    assert difference(branches_chart(CHART), BASELINE) < 1.0


def test_the_comparison_sees_a_change():
    elsewhere = branches_chart_of(branch_tree(SMALL, reply_id(3), PROMPT))
    assert difference(branches_chart(elsewhere), BASELINE) > 1.0


def test_each_text_stands_below_the_one_that_it_leaves_in_the_order_of_steps():
    assert numbers(TREE) == [0, 3, 1, 4, 2]
    assert [line.parent for line in CHART.lines] == [None, 1, 1, 3, 3]
    assert [line.depth for line in CHART.lines] == [0, 1, 1, 2, 2]
    assert [line.is_on_path for line in CHART.lines] == [True, False, True, False, False]
    assert [line.is_current for line in CHART.lines] == [False, False, True, False, False]


def test_only_what_is_nearest_is_shown_of_a_large_tree():
    nodes = grown(80)
    for current in (0, 40, 79):
        tree = branch_tree(nodes, reply_id(current), PROMPT)
        assert len(tree.nodes) == MOST_TEXTS
        assert tree.hidden == 80 - MOST_TEXTS
        assert current in numbers(tree)
        shown = set(numbers(tree))
        for one in tree.nodes[1:]:
            assert int(one.branch.parent_id, 16) in shown
    assert branches_chart_of(tree).title == "Árbol de ramas · 10 de 80 textos"
    assert plain(branches_sentences(view_of(), tree, is_public=False)).count(
        "Faltan 70: para verlos, ve a uno del borde."
    )


def test_of_many_children_the_newest_are_shown():
    nodes = [node(0), *(node(i, 0, step=i) for i in range(1, 41))]
    assert numbers(branch_tree(nodes, reply_id(0), PROMPT)) == [0, *range(32, 41)]


def test_from_a_child_its_siblings_of_about_its_age_are_shown():
    nodes = [node(0), *(node(i, 0, step=i) for i in range(1, 61))]
    assert numbers(branch_tree(nodes, reply_id(30), PROMPT)) == [0, *range(26, 35)]
    assert numbers(branch_tree(nodes, reply_id(1), PROMPT)) == [0, *range(1, 10)]


def brush(count):
    """Return a text whose children have as many children each."""
    below = [node(i, 0) for i in range(1, count + 1)]
    below += [node(i * count + j, i) for i in range(1, count + 1) for j in range(1, count + 1)]
    return [node(0), *below]


@pytest.mark.parametrize(
    "nodes",
    [
        [node(0), *(node(i, 0, step=i) for i in range(1, 31))],
        [node(0), *(node(i, 0) for i in range(1, 121))],
        [node(0), *(node(i, i - 1) for i in range(1, 60))],
        grown(80),
        brush(40),
    ],
)
def test_every_text_can_be_reached_from_any_other(nodes):
    shown = {n: numbers(branch_tree(nodes, reply_id(n), PROMPT)) for n in range(len(nodes))}
    for start in (0, len(nodes) // 2, len(nodes) - 1):
        reached = [start]
        for here in reached:
            reached += [n for n in shown[here] if n not in reached]
        assert len(reached) == len(nodes)


def test_a_text_whose_parent_is_not_here_is_the_first():
    tree = branch_tree((node(2, 9, step=3), node(3, 2)), reply_id(3), PROMPT)
    first, second = branches_chart_of(tree).lines
    assert (first.parent, first.step, first.label) == (None, 3, "vida")
    assert second.parent == 1
    assert node_hint(tree, tree.nodes[0], 0) == "Sale del paso 4 de un texto que aquí no está"


def test_the_words_for_the_menu():
    labels = [node_label(TREE, one) for one in TREE.nodes]
    assert labels == [
        "1 · inicio · […] eterno mientras dura. Había una vez",
        "2 · extraordinariamente · y el lago",
        "3 · vida · que vivía en los Andes y cada mañana ◀",
        "4 · 🦄 · ⏎«no» se sabe",
        "5 · ⟨C3⟩ · (nada más)",
    ]
    assert [node_hint(TREE, one, 1) for one in TREE.nodes[:2]] == [
        "El texto del que salen los demás · tuyo",
        "Sale del 1, paso 3 · tuyo",
    ]
    secret = replace(TREE.nodes[1], is_private=True)
    assert node_hint(TREE, secret, 1) == "Sale del 1, paso 3 · solo lo ves tú"
    assert node_hint(TREE, secret, 2) == "Sale del 1, paso 3"


def test_the_words_of_the_page():
    view = view_of(strategy="sample")
    assert branches_title(view) == "### Ramas desde «amor» · paso 1 de 1"
    alone = branch_tree((node(0),), reply_id(0), PROMPT)
    assert plain(branches_sentences(view, alone, is_public=False)) == (
        "Elige otra palabra y el texto sigue desde ella, con los mismos dados, en este mismo "
        "mensaje.\n"
        "-# Este texto aún no tiene ramas: la primera la abres tú.\n"
        "-# Las ramas que abras aquí solo las ves tú; «Publicar» enseña la que miras."
    )
    greedy = branches_sentences(view_of(), alone, is_public=False)
    assert "sigue desde ella, en este mismo mensaje.\n" in greedy
    said = plain(branches_sentences(view, TREE, is_public=True))
    assert "-# El árbol tiene 5 textos; 1 sale de este paso.\n" in said
    assert said.endswith("tu rama saldrá en un mensaje tuyo, a la vista de todos.")


def test_alternatives_are_the_recorded_ones_without_what_the_word_list_removed():
    many = [candidate(i, f" {i}", 0.5**i, i) for i in range(1, 27)]
    step = replace(step_of(many[-1]), candidates=tuple(many))
    offered = alternatives(step)
    assert [c.raw_rank for c in offered] == [*range(1, 25), 26]
    masked = replace(many[3], text=BANNED_TOKEN, removed_by="bad_words")
    step = replace(step, candidates=(*many[:3], masked, many[-1]))
    assert [c.raw_rank for c in alternatives(step)] == [1, 2, 3, 26]


def test_an_alternative_says_its_shares():
    step = step_of()
    assert alternative_label(AMOR, step) == "1 · amor ◀"
    assert plain(alternative_hint(AMOR, step)) == "33,0 % crudo · 36,3 % final · la que salió"
    other = candidate(3, " mar", 0.03, 7, 0.04)
    assert alternative_label(other, step) == "7 · mar"
    assert plain(alternative_hint(other, step)) == "3,0 % crudo · 4,0 % final"
    cut = replace(other, final_prob=0.0, removed_by="top_p")
    assert plain(alternative_hint(cut, step)) == "3,0 % crudo · ✂ 0 % final"


def test_the_alt_text_says_where_one_is_and_what_hangs_where():
    assert branches_alt(CHART) == (
        "Árbol de ramas · 5 textos. Estás en el 3, del 1, paso 5: «vida» que vivía en los Andes y "
        "cada mañana; 1: «inicio» […] eterno mientras dura. Había una vez; 2, del 1, paso 3: "
        "«extraordinariamente» y el lago; 4, del 3, paso 1: «🦄» ⏎«no» se sabe; …"
    )


@pytest.mark.parametrize(("count", "reach"), [(5, 6), (10, 6), (10, 1)])
def test_a_picture_is_light(count, reach, drawn):
    tree = branch_tree(grown(count, reach=reach), reply_id(count // 2), PROMPT)
    chart = branches_chart_of(tree)
    assert len(drawn(lambda: branches_chart(chart))) <= 100_000


def test_thirty_texts_can_still_be_told_apart():
    lines = tuple(
        BranchLine(number=i, parent=i - 1 or None, depth=i - 1, label="␣amor", words="y", step=1)
        for i in range(1, 31)
    )
    picture = pixels(branches_chart(BranchesChart(title="x", lines=lines)))
    assert picture.shape[1] == 525
    assert picture.shape[0] / 30 > 1.5 * 18


def test_the_current_text_differs_without_colour():
    grey = pixels(branches_chart(CHART)) @ np.array([0.299, 0.587, 0.114])
    scale = 700 / sheet.PHONE_WIDTH

    def row(number):
        middle = round(scale * (24 + 38 * (number - 1) + 9.5))
        return grey[middle, -48:-20]

    assert row(3).max() - row(3).min() > 100  # the arrow
    y = round(scale * (24 + 38 * 2 + 19))
    frame = grey[y, 8:20].max()
    assert frame - grey[y - 97, 8:20].max() > 100


def test_text_stays_inside_the_margins():
    long = "extraordinariamente largo " * 8
    line = BranchLine(number=10, parent=None, depth=0, label=long, words=long, step=4094)
    lines = (
        line,
        replace(line, number=11, parent=10, depth=1, is_on_path=True),
        replace(line, number=12, parent=11, depth=24),
    )
    picture = pixels(branches_chart(BranchesChart(title=long, lines=lines))).astype(int)
    background = np.array([int(sheet.BACKGROUND[i : i + 2], 16) for i in (1, 3, 5)])
    assert (np.abs(picture[:, -18:] - background) < 12).all()
    assert (np.abs(picture[:, :10] - background) < 12).all()


if __name__ == "__main__":  # after a wanted change: look at the new picture, then commit it
    BASELINE.write_bytes(branches_chart(CHART))
