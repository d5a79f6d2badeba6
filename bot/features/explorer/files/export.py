"""Files that leave Discord: a table for spreadsheets, and the whole trace."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from bot.features.explorer.files import texts
from bot.features.explorer.files.notebook import OPTIONS, NotebookRow, Option
from bot.features.explorer.tree import texts as tree_texts
from bot.features.explorer.tree.words import path_to
from bot.render.cells import safe_cell
from bot.render.numbers import GROUP_SPACE, MINUS, fixed
from bot.render.step import join_tokens
from bot.render.tokens import glyphs, plain, visible
from engine import BeamNode, BeamTree


def notebook_csv(rows: Sequence[NotebookRow]) -> bytes:
    """Return the notebook's table as Spanish spreadsheets open it.

    UTF-8 with a byte order mark, «;» between cells, decimal commas; percentages stand in columns
    of their own. A cell that a spreadsheet would run as a formula is preceded by an apostrophe.
    Source: OWASP, CSV Injection.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";")
    options = range(1, OPTIONS + 1)
    writer.writerow(
        [texts.CSV_STEP, texts.CSV_INPUT]
        + [h for n in options for h in (texts.CSV_OPTION.format(number=n), texts.CSV_PERCENT)]
        + [texts.CSV_CHOSEN, texts.CSV_PERCENT]
    )
    for number, row in enumerate(rows, start=1):
        cells: list[Option | None] = [*row.options[:OPTIONS]]
        cells += [None] * (OPTIONS - len(cells)) + [row.chosen]
        writer.writerow(
            [number, safe_cell(visible(row.entry))]
            + [text for cell in cells for text in _pair(cell)]
        )
    return file.getvalue().encode("utf-8-sig", errors="replace")


def tree_csv(tree: BeamTree, *, is_penalised: bool) -> bytes:
    """Return every hypothesis that a beam search considered, one a row, as `notebook_csv` does.

    Args:
        tree: Of the completion.
        is_penalised: Whether scores are something else than log-probabilities.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";")
    is_grouped = any(node.group for node in tree.nodes)
    writer.writerow(
        (
            tree_texts.CSV_NODE,
            tree_texts.CSV_PARENT,
            tree_texts.CSV_STEP,
            tree_texts.CSV_TOKEN,
            tree_texts.CSV_ID,
            tree_texts.CSV_POINTS if is_penalised else tree_texts.CSV_LOGPROB,
            tree_texts.CSV_SUM,
            tree_texts.CSV_SCORE,
            tree_texts.CSV_FATE,
            tree_texts.CSV_PLACE,
            *((tree_texts.CSV_GROUP,) if is_grouped else ()),
            tree_texts.CSV_TEXT,
        )
    )
    places = {node: place for place, node in enumerate(tree.winners, start=1)}
    for node in tree.nodes:
        place = str(places.get(node.node, ""))
        group = (str(node.group + 1),) if is_grouped else ()
        writer.writerow([*_node_cells(node), place, *group, _path_text(tree, node)])
    return file.getvalue().encode("utf-8-sig", errors="replace")


def _pair(option: Option | None) -> tuple[str, str]:
    if option is None:
        return "", ""
    return safe_cell(plain(option.label)), fixed(100 * option.raw, 4)


def _node_cells(node: BeamNode) -> list[str]:
    parent = "" if node.parent is None else str(node.parent + 1)
    numbers = (node.token_score, node.score, node.normalised_score)
    return [
        str(node.node + 1),
        parent,
        str(node.step + 1),
        safe_cell(plain(glyphs(node.text))),
        str(node.token_id),
        *(fixed(number, 6).replace(MINUS, "-").replace(GROUP_SPACE, "") for number in numbers),
        tree_texts.CSV_FATES[node.status],
    ]


def _path_text(tree: BeamTree, node: BeamNode) -> str:
    return safe_cell(visible(join_tokens([link.text for link in path_to(tree, node.node)])))
