"""A new filter needs no more than the README's recipe says: here one is added to a copy."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.texts.filters import FILTERS as WORDS
from bot.texts.filters import STAGES
from engine import FILTERS, RANGES, SWITCHES, DecodingParams
from engine.decoding.stages import _FILTERS

ROOT = Path(__file__).parents[1]
# File → what stands before each new line, and the line.
BY_HAND = {
    "engine/decoding_params.py": (
        ("    sentence_end_tokens: int = 0\n", "    floor_p: float = 0.0\n"),
        (
            '        "sentence_end_tokens": integers(0, 256),\n',
            '        "floor_p": NumberRange(low=0.0, high=1.0, step=0.01),\n',
        ),
        (
            '        "eta_cutoff": FilterFacts("EtaLogitsWarper", "below"),\n',
            '        "floor_p": FilterFacts("MinPLogitsWarper", "below"),\n',
        ),
    ),
    "engine/decoding/stages.py": (
        (
            "_FILTERS: dict[str, _FilterSpec] = {\n",
            '    "floor_p": _FilterSpec("cut", lambda v, _: MinPLogitsWarper(v)),\n',
        ),
    ),
    "bot/config.py": (
        (
            '    default_attempts: Annotated[int, decoding("attempts")] = 1\n',
            '    default_floor_p: Annotated[Decimal | None, decoding("floor_p")] = None\n',
        ),
    ),
    "bot/texts/filters.py": (
        (
            'hasta un {share} de la entropía",\n        ),\n',
            """        "floor_p": FilterWords(
            name="suelo",
            title="Suelo",
            hint="Un suelo: {range}.",
            key="Suelo; 0 = sin corte.",
            example="0",
            label="suelo {value}",
            in_sentence="el suelo {value}",
            does="**Suelo {value}** quita lo que no llega al {share}",
            why=", que pide un {share}",
        ),
""",
        ),
        ('("top_h", "epsilon_cutoff", "eta_cutoff"', ', "floor_p"'),
    ),
}
UNSET = ("bad_words", "bad_words_ids", "forced", "same_letters")
"""Stages without a setting of their own."""
WRITTEN = (".env.example", "README.md")
SHOWN = """
import asyncio
from bot.asking.layers import FIELDS
from bot.config import Settings
from bot.features.explorer.funnel.words import funnel_sentences
from bot.features.explorer.word.items import SETTINGS
from bot.features.explorer.word.words import setting_text, word_answer
from bot.features.settings import texts
from bot.render.settings import out_of_range, settings_line
from bot.render.step import StepView
from bot.render.step_sentence import explanation, stage_name
from bot.texts.options import without_effect
from engine import DecodingParams, GenerationRequest, create_engine
from engine.explain import Moment, WhyNotRequest, recipe

async def main():
    engine = create_engine(models=("unicornio-9m",))
    await engine.start()
    params = DecodingParams(strategy="sample", floor_p=0.5, max_new_tokens=2)
    asked = GenerationRequest(prompt="El cielo es", params=params, seed=7, trace_top_n=5)
    done = await engine.generate(asked)
    view = StepView(before="El cielo es", completion=done, attempt=0, step=0, candidates=5)
    print("line:", settings_line(done.params))
    print("funnel:", funnel_sentences(view))
    print("sentence:", stage_name("floor_p", done.params))
    print("explanation:", explanation(view))
    print("recipe:", recipe(asked, done))
    moment = Moment.of(asked, done, attempt=0, step=0)
    answer = await engine.explain(WhyNotRequest(moment=moment, word="patata"))
    print("why:", word_answer(view, answer))
    await engine.close()

asyncio.run(main())
print("default:", Settings(default_floor_p=0.1).default_settings["floor_p"])
print("setting:", "floor_p" in FIELDS, SETTINGS[-1], setting_text("floor_p", 0.25))
print("form:", texts.GROUPS["tail"].fields, texts.FIELD_LABELS["floor_p"])
print("range:", out_of_range("floor_p", "3"))
print("idle:", without_effect("greedy", DecodingParams(floor_p=0.5).inactive()))
"""


@pytest.fixture
def copy(tmp_path):
    """The project, all but what is edited as links."""
    skipped = shutil.ignore_patterns("__pycache__")
    for package in ("bot", "engine"):
        shutil.copytree(
            ROOT / package, tmp_path / package, copy_function=os.symlink, ignore=skipped
        )
    for name in (*BY_HAND, *WRITTEN):
        (tmp_path / name).unlink(missing_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run(folder, *arguments):
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_new_filter_touches_the_files_of_the_recipe_and_is_told_everywhere(copy):
    for name, edits in BY_HAND.items():
        source = (copy / name).read_text(encoding="utf-8")
        for before, line in edits:
            assert source.count(before) == 1, before
            source = source.replace(before, before + line)
        (copy / name).write_text(source, encoding="utf-8")
    run(copy, "-m", "bot.process.reference")
    assert "\nDEFAULT_FLOOR_P=\n" in (copy / ".env.example").read_text(encoding="utf-8")
    assert "| `DEFAULT_FLOOR_P` | Suelo; 0" in (copy / "README.md").read_text(encoding="utf-8")
    shown = run(copy, "-c", SHOWN)
    for said in (
        "line: muestreo, T 1, suelo 0,5\n",
        "**Suelo 0,5** quita lo que no llega al 50",
        "suelo 0,5 ",
        "sentence: el suelo 0,5\n",
        "MinPLogitsWarper(0.5)",
        "La quitó el suelo 0,5, que pide un 50\N{NO-BREAK SPACE}%",
        "Con suelo 0",
        "default: 0.1\n",
        "setting: True floor_p suelo 0,25\n",
        "'eta_cutoff', 'floor_p') Suelo\n",
        "range: «suelo» tiene que ser un número entre 0 y 1; has escrito «3».",
        "idle: En greedy el suelo no cuenta; lo he ignorado.",
    ):
        assert said in shown, shown


def test_the_recipe_names_the_files():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (recipe,) = (line for line in readme.splitlines() if line.startswith("- **Un filtro**"))
    assert len(BY_HAND) <= 5
    assert all(f"`{name}`" in recipe for name in BY_HAND)
    assert "python -m bot.process.reference" in recipe


def test_every_filter_has_range_facts_arithmetic_and_words():
    assert set(FILTERS) <= {*RANGES, *SWITCHES}
    assert (*FILTERS,) == tuple(name for name in _FILTERS if name not in UNSET)
    # Beams that keep off each other lower scores as a filter does, in a stage of their own.
    assert set(WORDS) == {*FILTERS, "diversity_penalty"}
    assert set(STAGES) == {*WORDS, *UNSET}
    for name, words in WORDS.items():
        assert hasattr(DecodingParams(), name)
        assert len(words.name) <= 14
        assert words.why or name not in FILTERS or FILTERS[name].looser in (None, "either")
