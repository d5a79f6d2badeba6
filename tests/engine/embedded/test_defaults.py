import json
import math
from pathlib import Path

import pytest
import torch

from engine import DecodingParams
from engine.embedded import blind, defaults
from engine.embedded.defaults import GRID, cut, judge_of, parsed, read_prompts
from engine.embedded.train import Training
from tests.engine.embedded.recipes import RECIPE

HERE = Path(__file__).parent


def test_a_prompt_and_its_ending_are_the_paragraph():
    paragraph = "Uno dos tres cuatro cinco seis siete ocho nueve."
    prompt, ending = cut(paragraph)
    assert (prompt, ending) == ("Uno dos tres cuatro cinco seis siete ocho", " nueve.")


@pytest.mark.parametrize("settings", [*GRID, "plain_text=True sentence_end_tokens=20 top_k=3"])
def test_settings_are_read_with_their_types(settings):
    params = DecodingParams(**parsed(settings))
    assert all(str(getattr(params, pair.split("=")[0])) in pair for pair in settings.split())


def test_prompts_are_of_many_genres_and_none_is_tuned_on_and_held_out():
    tuned = read_prompts(HERE / "everyday_prompts.txt")
    held_out = read_prompts(HERE / "everyday_prompts_held_out.txt")
    assert min(len(tuned), len(held_out)) >= 40
    assert len({*tuned, *held_out}) == len(tuned) + len(held_out)
    assert all(prompt and prompt == prompt.lstrip() for prompt in (*tuned, *held_out))
    lines = (HERE / "everyday_prompts.txt").read_text(encoding="utf-8").splitlines()
    genres = {line.partition(" | ")[0] for line in lines}
    everyday = {"mensaje", "receta", "noticia", "cuento", "anuncio", "poema", "diálogo"}
    assert everyday <= genres
    assert any("\n" in prompt for prompt in tuned)


def test_the_judge_is_asked_about_the_ending_only(tiny_model, tmp_path):
    loaded = tiny_model("gpt2")
    loaded.model.save_pretrained(tmp_path)
    loaded.tokenizer.save_pretrained(tmp_path)
    prompt, ending = "El amor es eterno", " mientras dura."
    before = loaded.tokenizer(prompt).input_ids
    after = loaded.tokenizer(ending).input_ids
    logprobs = loaded.model(torch.tensor([[*before, *after]])).logits[0].log_softmax(-1)
    places = range(len(before) - 1, len(before) + len(after) - 1)
    nats = -sum(logprobs[p, i].item() for p, i in zip(places, after, strict=True))
    bits = nats / math.log(2) / len(ending.encode())
    assert judge_of(tmp_path)(prompt, ending) == pytest.approx(bits, rel=1e-4)


@pytest.fixture
def written(corpus, tmp_path, monkeypatch, capsys):
    """The lines that are printed for two sets of settings, with and without a judge."""
    Training(RECIPE, corpus, tmp_path / "work", "cpu").export(tmp_path / "model")
    (tmp_path / "prompts.txt").write_text("a | Uno dos\nb | Tres⏎cuatro\n", encoding="utf-8")
    (tmp_path / "person.txt").write_text("Uno dos tres cuatro cinco seis siete ocho nueve.\n" * 2)
    names = [str(tmp_path / name) for name in ("model", "prompts.txt", "person.txt")]
    tried = ["--try", "temperature=0.5 max_new_tokens=5", "--try", "top_p=0.9 max_new_tokens=5"]
    tables = []
    for judged in ([], ["--judge", names[0]]):
        kept = ["--texts", str(tmp_path / "texts.jsonl")] if judged else []
        monkeypatch.setattr("sys.argv", ["defaults", *names, *tried, *judged, *kept])
        defaults.main()
        tables.append(capsys.readouterr().out.splitlines())
    return tables, tmp_path / "texts.jsonl"


def test_the_table_has_a_line_for_the_person_and_for_each_settings(written):
    tables, _ = written
    for table in tables:
        names = [line[:58].strip() for line in table[-3:]]
        expected = ["temperature=0.5 max_new_tokens=5", "top_p=0.9 max_new_tokens=5"]
        assert names == ["a person", *expected]
    # At a text that both read, a model that is its own judge is as surprised.
    own, judged = (float(table[-3][58:64]) for table in tables)
    assert own == pytest.approx(judged, abs=0.02)


def test_texts_are_read_blind(written, tmp_path, monkeypatch, capsys):
    _, texts = written
    entries = [json.loads(line) for line in texts.read_text(encoding="utf-8").splitlines()]
    (first, second) = dict.fromkeys(entry["settings"] for entry in entries)
    shown = blind.trials([texts], 5, seed=1)
    assert {prompt for prompt, _ in shown} == {"Uno dos", "Tres\ncuatro"}
    assert shown == blind.trials([texts], 5, seed=1)
    grades = tmp_path / "grades.txt"
    best = {first: 2, second: 0}
    lines = [
        f"{number} {' '.join(str(best[settings]) for settings, _ in found)}"
        for number, (_, found) in enumerate(shown, start=1)
    ]
    grades.write_text("\n".join(lines))
    monkeypatch.setattr("sys.argv", ["blind", "sheet", str(texts), "--seed", "1"])
    blind.main()
    sheet = capsys.readouterr().out
    assert first not in sheet
    assert second not in sheet
    assert "⏎cuatro" in sheet
    asked = ["blind", "reveal", str(texts), "--seed", "1", "--grades", str(grades)]
    monkeypatch.setattr("sys.argv", asked)
    blind.main()
    assert capsys.readouterr().out.splitlines() == [
        f"{first}: 2 texts, 100% on topic, mean 2.00",
        f"{second}: 2 texts, 0% on topic, mean 0.00",
    ]
