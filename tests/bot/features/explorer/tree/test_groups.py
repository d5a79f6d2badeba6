"""The tree of a diverse beam search: its groups in words, table, picture and file."""

import csv
import io
from dataclasses import replace

from bot.features.explorer.files.export import tree_csv
from bot.features.explorer.tree.table import tree_table
from bot.features.explorer.tree.words import tree_chart_of, tree_sentences, tree_view
from engine import DecodingParams
from tests.bot.beams import grouped, search
from tests.bot.features.explorer.tree.searches import EOS, VIEW, logprobs

GROUPED = tree_view(
    grouped(*(search(logprobs(seed), 6, 2, eos={EOS}, winners=2) for seed in (1, 2, 3))),
    DecodingParams(
        strategy="diverse_beam", num_beams=6, num_beam_groups=3, diversity_penalty=0.5, attempts=6
    ),
    0,
    2,
)


def test_groups_are_said_and_named():
    said = tree_sentences(GROUPED)
    assert said.startswith(
        "Los haces (beam search) van en **3** grupos (g1…): cada uno suma los puntos y guarda "
        "**2**."
    )
    assert said.endswith(
        "-# Puntos: log-prob menos 0,5 por cada haz de un grupo anterior con el mismo token."
    )
    alive = [node for node in GROUPED.at(2) if node.status != "pruned"]
    rows = [line for line in tree_table(GROUPED).split("\n") if line[:1].isdigit()]
    assert len(rows) == 1
    for row in rows:
        assert f" g{alive[int(row[0]) - 1].group + 1} " in row
    for column in tree_chart_of(GROUPED).columns:
        for is_pruned in (False, True):
            # A group's branches stand together, the best first.
            some = [b for b in column.branches if (b.fate == "pruned") == is_pruned]
            order = [(b.label[:3], -b.total) for b in some]
            assert order == sorted(order)
            assert all(group in {"g1 ", "g2 ", "g3 "} for group, _ in order)


def test_without_a_penalty_the_groups_sums_are_log_probabilities():
    params = replace(GROUPED.params, diversity_penalty=0.0)
    said = tree_sentences(replace(GROUPED, params=params))
    assert "cada uno suma la log-prob" in said
    assert "grupo anterior" not in said


def test_the_file_tells_the_groups_apart():
    data = tree_csv(GROUPED.tree, is_penalised=True).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(data), delimiter=";"))
    assert [int(row["Grupo"]) for row in rows] == [n.group + 1 for n in GROUPED.tree.nodes]
    for row in rows:
        assert not row["Padre"] or rows[int(row["Padre"]) - 1]["Grupo"] == row["Grupo"]
    plain = tree_csv(VIEW.tree, is_penalised=False).decode("utf-8-sig")
    assert "Grupo" not in plain.splitlines()[0]
