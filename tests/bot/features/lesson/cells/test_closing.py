"""The last cells: all strategies against transformers, and the notebook that a class takes home."""

import json
from types import SimpleNamespace

import pytest

from bot.features.duel.verdict import Verdict, verdict_of
from bot.features.lesson.cells import closing, guess
from bot.features.lesson.cells.closing import TOKENS
from bot.messages.errors import UserError
from bot.storage.lessons import Findings, LessonCell
from engine.explain import measure
from tests.bot.features.lesson.cells.labs import build, reference, run_cells

TEXT = "Caminante, no hay camino"
LABELS = ["greedy", "haces", "haces+2gram", "T 0,75", "T 2", "top-k 200", "top-p 0,5"]
DONE = LessonCell(
    cell="greedy",
    state="done",
    findings=Findings(
        words={
            "text": "✔ **Los 12 ids son los mismos**",
            "rows": [{"what": "paso 1", "notebook": "Ésta", "ours": "El"}],
            "why": "No coinciden: otro modelo.",
        }
    ),
)
FAILED = LessonCell(
    cell="beam", state="failed", findings=Findings(words={"failure": "Se colgó a medias"})
)


class Lessons:
    """What is stored of a lesson."""

    async def cells(self, lesson_id):
        assert lesson_id == "a" * 32
        return {"greedy": DONE, "beam": FAILED, "top_k": LessonCell(cell="top_k", state="shown")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("closing")
    build(path)
    return path


@pytest.fixture(scope="module")
def reports():
    return []


@pytest.fixture(scope="module")
def found(folder, reports):
    cells = run_cells("close", models=[str(folder)], text=TEXT, lessons=Lessons(), reports=reports)
    return cells["close"]


def test_all_of_the_notebooks_settings_take_part(found, reports):
    assert [trace.label for trace in found.traces] == LABELS
    # Tokens of all texts, ever more of them.
    assert reports == sorted(reports)
    assert reports[-1][1] == TOKENS * len(LABELS)
    assert reports[-1][0] > TOKENS * (len(LABELS) - 1)
    assert "su dado no es el nuestro" in found.why


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "una sale sensata"), (2, "dos salen sensatas"), (len(LABELS), "siete salen sensatas")],
)
def test_how_many_read_so_is_said_in_words(monkeypatch, count, said):
    monkeypatch.setattr(closing, "verdict_of", lambda one: one)
    assert closing._verdicts([Verdict.SANE] * count) == said


@pytest.mark.parametrize(
    ("place", "options"),
    [(0, {}), (1, {"num_beams": 5}), (2, {"num_beams": 5, "no_repeat_ngram_size": 2})],
)
def test_what_throws_no_die_is_the_text_of_transformers(place, options, found, folder):
    theirs = reference(folder)
    out, seen = theirs.generate(TEXT, max_new_tokens=TOKENS, do_sample=False, **options)
    done = found.traces[place].completion
    assert out[0, seen:].tolist() == list(done.attempts[0].token_ids)
    mean = float(theirs.logprobs(out)[seen - 1 :].mean())
    assert measure(done).logprob_per_token == pytest.approx(mean, abs=1e-3)


def test_the_table_says_how_each_text_reads(found):
    lines = found.text.split("```")[1].strip("\n").split("\n")
    measures = [measure(trace.completion) for trace in found.traces]
    for line, label, one in zip(lines, LABELS, measures, strict=True):
        assert line.startswith(label)
        assert line.endswith(f"  {verdict_of(one).value}")
    best = max(zip(measures, LABELS, strict=True), key=lambda pair: pair[0].logprob_per_token)
    assert f"por token: {best[1]}." in found.text
    assert found.picture.name == "cierre.png"


def test_the_notebook_has_what_the_class_found_out_and_nothing_that_failed(found, folder):
    assert found.file.name.endswith(".ipynb")
    notebook = json.loads(found.file.data)
    text = "".join("".join(cell["source"]) for cell in notebook["cells"])
    assert "✔ **Los 12 ids son los mismos**" in text
    assert "| paso 1 | Ésta | El |" in text
    assert "Se colgó" not in text
    # Nobody else has this machine's folders.
    assert str(folder.parent) not in text
    assert "al lado de lo que os salió hoy" in found.text


def test_a_class_that_found_out_nothing_has_a_notebook_too(folder):
    nothing = SimpleNamespace(cells=_no_cells)
    result = run_cells("close", models=[str(folder)], text=TEXT, lessons=nothing)["close"]
    assert result.file is not None
    assert "hoy" not in result.text


async def _no_cells(_lesson_id):
    return {}


def test_the_class_guesses_in_the_lessons_place_with_its_model(folder, monkeypatch):
    calls = []

    async def play_in(client, **asked):
        calls.append(asked)

    monkeypatch.setattr(guess, "play_in", play_in)
    result = run_cells("guess", models=[str(folder)])["guess"]
    assert result.text.startswith("**Votad en el mensaje de abajo.**")
    (asked,) = calls
    assert asked["channel_id"] == 2
    assert asked["host_id"] == 1
    assert asked["seed"] == 42
    assert asked["model"] == folder.name
    assert asked["text"] == "El amor es eterno mientras"


@pytest.mark.parametrize("prompt", [None, "Otra partida", "El amor es eterno mientras"])
def test_a_game_that_is_open_is_the_one_to_play_if_a_restart_left_it(folder, monkeypatch, prompt):
    async def play_in(client, **asked):
        raise UserError("Aquí ya hay una partida.")

    async def open_in(channel_id):
        assert channel_id == 2
        return prompt and SimpleNamespace(request=SimpleNamespace(prompt=prompt))

    monkeypatch.setattr(guess, "play_in", play_in)
    games = SimpleNamespace(open_in=open_in)
    if prompt != "El amor es eterno mientras":
        with pytest.raises(UserError, match="Aquí ya hay una partida"):
            run_cells("guess", models=[str(folder)], games=games)
        return
    result = run_cells("guess", models=[str(folder)], games=games)["guess"]
    assert result.text.startswith("**Votad en el mensaje de abajo.**")
