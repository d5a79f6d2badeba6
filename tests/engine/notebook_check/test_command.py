"""The whole command on a tiny model, with the notebook's numbers as they are, and made its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from engine.notebook import facts
from engine.notebook_check.__main__ import DIFFERENT, NOT_COMPUTED, OTHER_MODEL, SAME, main
from tests.engine import tiny

PROMPT = "Toda la vida es "


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cuaderno")
    tiny.build("gpt2", folder, vocab_size=420, spread=0.15)
    return folder


@pytest.fixture(scope="module")
def reference(folder):
    """Compute the notebook's numbers by other lines than the command's."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    ids = tokenizer(facts.LOVE_PROMPT).input_ids
    choices = []
    for _ in facts.FIRST_CHOICES:
        with torch.inference_mode():
            probs = model(torch.tensor([ids])).logits[0, -1].softmax(-1)
        best = int(probs.argmax())
        ids.append(best)
        text = tokenizer.decode([best]).strip(" ")
        choices.append(facts.FirstChoice(token=text, percent=100 * float(probs[best])))
    written = []
    start = tokenizer(PROMPT, return_tensors="pt").input_ids
    for one in facts.WRITTEN:
        output = model.generate(
            start,
            max_length=tiny.N_POSITIONS,
            do_sample=False,
            num_beams=one.num_beams,
            no_repeat_ngram_size=one.no_repeat_ngram_size,
            pad_token_id=0,
        )
        with torch.inference_mode():
            logprobs = model(output).logits[0].log_softmax(-1)
        first = start.shape[1]
        # The log-probability of a token stands one place before it; the notebook leaves out one.
        sums = [float(logprobs[at - 1, output[0, at]]) for at in range(first, output.shape[1])]
        written.append((replace(one, logprob=sum(sums[1:])), sum(sums)))
    parameters = sum(p.numel() for p in model.parameters())
    return parameters, tuple(choices), written


@pytest.fixture
def as_stored(monkeypatch, reference):
    """Let the notebook store what the tiny model gives."""
    parameters, choices, written = reference
    monkeypatch.setattr(facts, "PARAMETERS_MILLIONS", parameters / 1e6)
    monkeypatch.setattr(facts, "FIRST_CHOICES", choices)
    monkeypatch.setattr(facts, "WRITTEN", tuple(one for one, _ in written))
    return [whole for _, whole in written]


def run(folder, capsys, *arguments):
    code = main(["--model", str(folder), *arguments])
    return code, capsys.readouterr()


def row(printed, what):
    return next(line for line in printed.splitlines() if line.startswith(what))


def comma(value):
    return f"{value:.2f}".replace(".", ",").replace("-", "−")


def test_another_model_is_told(folder, capsys):
    code, printed = run(folder, capsys, "--unicorn-prompt", PROMPT)
    assert code == OTHER_MODEL
    assert row(printed.out, "Greedy, paso 1").split()[3:6] == ["«Ésta»", "38,28", "%"]
    assert "otro modelo" in row(printed.out, "Log-prob. greedy")
    assert "Este modelo no es el del cuaderno" in printed.out
    assert "lo mismo en todo" in printed.out


def test_what_the_model_gives_agrees_and_both_sums_are_shown(folder, capsys, as_stored):
    code, printed = run(folder, capsys, "--is-notebook-model", "--unicorn-prompt", PROMPT)
    lines = printed.out.splitlines()
    assert code == SAME, printed.out
    assert "igual" in row(printed.out, "Greedy se repite")
    wholes = [line.split() for line in lines if line.startswith("  entera")]
    assert [cells[2] for cells in wholes] == [comma(whole) for whole in as_stored]
    for one in facts.WRITTEN:
        assert comma(one.logprob) in printed.out


def test_a_prompt_that_fills_the_model_leaves_no_text(folder, capsys):
    code, printed = run(folder, capsys, "--is-notebook-model")
    assert code == DIFFERENT
    assert "no cabe (3)" in row(printed.out, "Log-prob. greedy")
    assert "caben 64" in printed.out


def test_what_cannot_be_loaded_is_said_in_spanish(capsys, tmp_path):
    code, printed = run(tmp_path / "nada", capsys)
    assert code == NOT_COMPUTED
    assert printed.err.startswith("No se ha podido cargar")
    assert printed.out == ""
    assert run("unicornio-huecos", capsys)[0] == NOT_COMPUTED
    assert run("openai:algo@https://servidor.example/v1", capsys)[0] == NOT_COMPUTED


def test_without_the_hub_it_says_what_to_do(capsys, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    def offline(*_args, **_options):
        raise OSError("no network")

    monkeypatch.setattr("huggingface_hub.HfApi.model_info", offline)
    code = main(["--revision", "una-rama-que-no-está-en-el-disco"])
    assert code == NOT_COMPUTED
    assert "no se llega al hub" in capsys.readouterr().err


def test_the_command_line_speaks_spanish(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    assert capsys.readouterr().out.startswith("uso: ")
    with pytest.raises(SystemExit) as left:
        main(["--nada"])
    assert left.value.code == NOT_COMPUTED
    assert "No entiendo esa orden" in capsys.readouterr().err
