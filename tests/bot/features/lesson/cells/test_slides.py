"""The cells about the slides, and what every cell keeps to."""

import io

import pytest
import torch
from PIL import Image

from bot.features.lesson.cell import MOST_CODE_COLUMNS, MOST_CODE_LINES, MOST_TEXT
from bot.features.lesson.cells import CELLS, cell_of
from bot.features.lesson.cells.compared import beside, is_notebook_model, reason
from bot.features.lesson.words import TABLE_COLUMNS
from bot.render.alt import ALT_LIMIT
from bot.render.markdown import length
from bot.render.tables import width
from engine.notebook import facts
from engine.notebook.steps import steps
from tests.bot.features.lesson.cells.labs import build, executed, reference, run_cells

SENTENCE = "El gato duerme en el tejado"
FAST = tuple(cell.key for cell in CELLS if cell.key not in {"guess", "close"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("slides")
    build(path)
    return path


@pytest.fixture(scope="module")
def found(folder):
    return run_cells("families", "model", models=[str(folder)], text=SENTENCE)


def test_the_mask_is_that_of_transformers(found, folder):
    theirs = reference(folder)
    theirs.model.set_attn_implementation("eager")
    ids = theirs.ids(SENTENCE)
    with torch.inference_mode():
        maps = theirs.model(ids, output_attentions=True).attentions
    count = ids.shape[1]
    squares = len(maps) * count * (count - 1) // 2
    assert all((one.triu(1) == 0).all() for one in maps)
    assert f"las {squares} casillas" in found["families"].text
    assert "**0\u00a0%** en el decodificador" in found["families"].text
    code = cell_of("families").code
    assert executed(code, model=theirs.model, ids=ids) == 0


def test_families_that_are_not_here_are_named(found):
    assert "Aquí no hay ningún **codificador**" in found["families"].text
    assert found["families"].picture.name == "familias.png"


def test_the_size_of_the_model(found, folder):
    model = reference(folder).model
    millions = f"{model.num_parameters() / 1e6:.1f}".removesuffix(".0").replace(".", ",")
    text = found["model"].text
    assert f"{millions} M de parámetros.**" in text.replace("\u00a0", " ")
    assert f"Conoce {model.config.vocab_size} tokens y ve 256 a la vez" in text
    assert "semilla 42" in text
    (row,) = found["model"].rows
    assert row.notebook.replace("\u00a0", " ") == "124,4 M"


class _Lab:
    """A lesson with a model of that name."""

    def __init__(self, name):
        info = type("Info", (), {"name": name, "aliases": (), "display_name": name})
        engine = type("Engine", (), {"models": lambda _: (info,)})()
        self.client = type("Client", (), {"engine": engine})
        self.pinned = type("Pinned", (), {"model": name})


@pytest.mark.parametrize(
    ("name", "is_it"),
    [
        ("spanish-gpt2", True),
        ("mrm8488/spanish-gpt2", True),
        ("spanish-gpt2@main", True),
        ("unicornio-9m", False),
        ("otro/spanish-gpt2-large", False),
    ],
)
def test_the_notebooks_own_model_is_known_by_its_name(name, is_it):
    lab = _Lab(name)
    assert is_notebook_model(lab) is is_it
    apart = (beside("x", "1", "2"),)
    assert ("otro modelo" in reason(lab, apart)) is not is_it
    assert ("otra máquina" in reason(lab, apart)) is is_it


def test_equal_numbers_are_marked_and_need_no_reason():
    rows = (beside("x", "−45,07", "−45,07"), beside("y", None, "3"))
    assert [row.ours for row in rows] == ["−45,07 ✔", "3"]
    assert reason(_Lab("spanish-gpt2"), rows) is None


def test_the_order_is_that_of_the_notebook_file():
    keys = [cell.key for cell in CELLS]
    assert [step.key for step in steps() if step.key in keys] == keys


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.key)
def test_what_a_cell_says_beforehand_fits_a_phone(cell):
    assert 0 < len(cell.title) <= 40
    assert cell.question.startswith("¿") or ", ¿" in cell.question
    assert len(cell.idea) <= 160
    lines = cell.code.splitlines()
    assert len(lines) <= MOST_CODE_LINES
    assert max(map(len, lines), default=0) <= MOST_CODE_COLUMNS
    compile(cell.code, cell.key, "exec")


@pytest.mark.parametrize(
    ("family", "options"),
    [
        ("gpt2", {"positions": 64}),
        ("gemma3_text", {"positions": 64, "adds_bos": True}),
        ("openai-gpt", {"positions": 64, "spread": 0.1}),
    ],
)
def test_every_cell_fits_with_any_model_and_a_small_context(family, options, tmp_path):
    name = build(tmp_path / "modelo", family, **options)
    for key, result in run_cells(*FAST, models=[name]).items():
        assert 0 < length(result.text) <= MOST_TEXT, key
        for row in result.rows:
            columns = width(row.what) + max(5, width(row.notebook or "")) + width(row.ours)
            assert columns + 4 <= TABLE_COLUMNS, (key, row)
        table = result.text.split("```")[1::2]
        assert all(width(line) <= TABLE_COLUMNS for part in table for line in part.splitlines())
        assert all(len(trace.label) <= 20 for trace in result.traces)
        if result.picture is not None:
            assert Image.open(io.BytesIO(result.picture.data)).width == 700
            assert length(result.picture.alt) <= ALT_LIMIT
        for trace in result.traces:
            total = len(trace.completion.prompt_ids) + len(trace.completion.attempts[0].token_ids)
            assert total <= facts.MAX_LENGTH
            if key == "unicorns":
                assert total <= 64
                assert "64" in result.text
                assert "principio" in result.text


def test_an_installation_that_allows_few_tokens_is_told(folder):
    result = run_cells(
        "unicorns", models=[str(folder)], text="Caminante", max_new_tokens=20,
        default_max_new_tokens=20,
    )["unicorns"]  # fmt: skip
    assert len(result.traces[0].completion.attempts[0].token_ids) <= 20
    assert "como mucho 20 tokens nuevos" in result.text
