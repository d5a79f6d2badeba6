import math

import pytest
import torch

from engine.embedded import defaults
from engine.embedded.defaults import _cut, _surprise
from engine.embedded.train import Training
from tests.engine.embedded.recipes import RECIPE


def test_a_prompt_and_its_ending_are_the_paragraph():
    paragraph = "Uno dos tres cuatro cinco seis siete ocho."
    prompt, ending = _cut(paragraph)
    assert (prompt, ending) == ("Uno dos tres cuatro cinco seis", " siete ocho.")


def test_the_judge_is_asked_about_the_ending_only(tiny_model):
    loaded = tiny_model("gpt2")
    prompt, ending = "El amor es eterno", " mientras dura."
    before = loaded.tokenizer(prompt).input_ids
    after = loaded.tokenizer(ending).input_ids
    logprobs = loaded.model(torch.tensor([[*before, *after]])).logits[0].log_softmax(-1)
    places = range(len(before) - 1, len(before) + len(after) - 1)
    nats = -sum(logprobs[p, i].item() for p, i in zip(places, after, strict=True))
    bits = nats / math.log(2) / len(ending.encode())
    assert _surprise(loaded.model, loaded.tokenizer, prompt, ending) == pytest.approx(
        bits, rel=1e-4
    )


def test_the_table_has_a_line_for_each_pair(corpus, tmp_path, monkeypatch, capsys):
    Training(RECIPE, corpus, tmp_path / "work", "cpu").export(tmp_path / "model")
    (tmp_path / "text.txt").write_text("Uno dos tres cuatro cinco seis siete ocho.\n" * 2)
    monkeypatch.setattr(defaults, "TEMPERATURES", (0.5, 1.0))
    monkeypatch.setattr(defaults, "TOP_PS", (0.9,))
    folders = [str(tmp_path / name) for name in ("model", "model", "text.txt")]
    monkeypatch.setattr("sys.argv", ["defaults", *folders])
    defaults.main()
    names = [line[:24].strip() for line in capsys.readouterr().out.splitlines()[-3:]]
    assert names == ["a person", "T 0.5, top-p 0.9", "T 1.0, top-p 0.9"]
