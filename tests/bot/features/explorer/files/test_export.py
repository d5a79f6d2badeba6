import csv
import io
import json

from bot.features.explorer.files.export import notebook_csv
from bot.features.explorer.files.notebook import NotebookRow, Option, notebook_rows
from bot.features.recipe.page import completion_json
from engine import Completion, DecodingParams, GenerationRequest
from tests.bot.render.pictures import ROWS
from tests.bot.scripted import ScriptedEngine


def read(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_csv_has_a_row_a_step():
    header, first, second = read(notebook_csv(ROWS))
    assert header[:4] == ["Paso", "Entrada", "Opción 1", "% crudo"]
    assert header[-2:] == ["Elegida", "% crudo"]
    assert first[:4] == ["1", "El amor es eterno mientras dura. ", "Ésta", "38,2800"]
    assert first[-4:] == ["حياة", "0,0000", "Ésta", "38,2800"]
    assert second[-2:] == ["␣unicornio", "0,1200"]
    assert {len(header), len(first), len(second)} == {14}


def test_cells_cannot_run_as_formulas():
    hostile = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]
    for text in hostile:
        row = NotebookRow(entry=text, options=(Option(label=text, raw=0.5, is_chosen=True),))
        for cell in read(notebook_csv([row]))[1][1:4]:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_separators_and_line_breaks_stay_in_their_cell():
    row = NotebookRow(entry='a;b\n"c"', options=(Option(label=";", raw=0.1),))
    _, cells = read(notebook_csv([row]))
    assert cells[1:3] == ['a;b⏎"c"', ";"]
    assert cells[-2:] == ["", ""]


async def traced() -> Completion:
    params = DecodingParams(strategy="sample", max_new_tokens=4, top_p=0.9)
    request = GenerationRequest(prompt="Érase ", params=params, seed=7, trace_top_n=6)
    return await ScriptedEngine().generate(request)


async def test_json_is_the_whole_completion():
    completion = await traced()
    text = completion_json(completion).decode()
    assert Completion.from_dict(json.loads(text)) == completion
    assert "ñandú" in text or "\\u00f1" not in text


async def test_notebook_rows_follow_the_trace():
    steps = (await traced()).attempts[0].steps
    rows = notebook_rows("Érase ", steps)
    assert [row.entry for row in rows][:2] == ["Érase ", "Érase " + steps[0].chosen_candidate.text]
    assert all(len(row.options) == 5 for row in rows)
    for row, step in zip(rows, steps, strict=True):
        assert row.chosen is not None
        assert row.chosen.raw == step.chosen_candidate.raw_prob
        assert (row.outside is None) == (step.chosen_candidate.raw_rank <= 5)
