"""What is read blind, and what is said of grades that fit no text."""

import json

import pytest

from engine.embedded import blind


@pytest.fixture
def texts(tmp_path):
    """Two prompts, each asked with two seeds under two sets of settings."""
    path = tmp_path / "texts.jsonl"
    entries = [
        {"settings": settings, "prompt": prompt, "seed": seed, "text": f"{prompt}{settings}{seed}"}
        for settings in ("x", "y")
        for seed, prompt in enumerate(("Uno", "Dos", "Uno", "Dos"))
    ]
    path.write_text("\n".join(map(json.dumps, entries)))
    return path


def test_every_seed_of_a_prompt_is_a_trial_of_its_own(texts):
    shown = blind.trials([texts], 10, seed=1)
    found = sorted(text for _, pair in shown for _, text in pair)
    assert found == sorted(f"{p}{s}{n}" for n, p in enumerate(["Uno", "Dos"] * 2) for s in "xy")
    for _, ((_, first), (_, second)) in shown:
        assert first[-1] == second[-1]


def test_texts_that_were_kept_without_a_seed_are_still_read(tmp_path):
    path = tmp_path / "texts.jsonl"
    path.write_text(json.dumps({"settings": "x", "prompt": "Uno", "text": "a"}))
    assert blind.trials([path], 10, seed=1) == [("Uno", [("x", "a")])]


@pytest.mark.parametrize("line", ["0 1 2", "5 1 2", "-1 1 2", "1 2", "1 1 1 1", "1 a b"])
def test_grades_that_fit_no_text_are_refused(texts, tmp_path, monkeypatch, capsys, line):
    grades = tmp_path / "grades.txt"
    grades.write_text(f"1 2 2\n{line}\n")
    asked = ["blind", "reveal", str(texts), "--grades", str(grades)]
    monkeypatch.setattr("sys.argv", asked)
    with pytest.raises(SystemExit):
        blind.main()
    assert "blind: error:" in capsys.readouterr().err


def test_revealing_needs_grades(texts, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["blind", "reveal", str(texts)])
    with pytest.raises(SystemExit):
        blind.main()
    assert "--grades" in capsys.readouterr().err


def test_no_text_is_said(tmp_path, monkeypatch, capsys):
    (tmp_path / "texts.jsonl").write_text("")
    monkeypatch.setattr("sys.argv", ["blind", "sheet", str(tmp_path / "texts.jsonl")])
    with pytest.raises(SystemExit):
        blind.main()
    assert "there is no text" in capsys.readouterr().err
