import json
import lzma
import math
import re
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from engine.embedded import blocked_words, train
from engine.embedded.card import SAMPLE_PROMPTS, TEMPLATE, TEXT_NAMES, render, samples
from engine.embedded.corpus import KINDS, paragraph_starts, read_documents
from engine.embedded.curve import draw, whole_log
from engine.embedded.evaluate import WINDOW_TOKENS, Trigrams, bits_per_byte, text_bits_per_byte
from engine.embedded.loss import head_loss
from engine.embedded.recipe import CausalRecipe
from engine.embedded.train import CHECKPOINT, Training
from tests.engine.embedded.recipes import RECIPE

BEGINNINGS = ("modern", "novelas", "—", "escena", "¿Quién")


@pytest.fixture
def run(corpus, tmp_path):
    return Training(RECIPE, corpus, tmp_path / "work", "cpu")


def test_documents_are_split_once_and_lines_are_not_repeated(corpus):
    kinds = read_documents(corpus, validation_share=0.3)
    assert set(kinds) == set(KINDS)
    sizes = {k: len(d.training) + len(d.validation) for k, d in kinds.items()}
    assert sizes.pop("everyday") == 48
    assert sizes == {"literature": 48, "prose": 24, "technical": 24, "software": 48}
    for documents in kinds.values():
        assert documents.validation
        assert not set(documents.training) & set(documents.validation)
    lines = kinds["literature"].training[0].split("\n")
    assert len(lines) == len(set(lines))
    assert read_documents(corpus, validation_share=0.3) == kinds


def test_no_short_text_is_cut_from_a_document_of_the_other_side(corpus):
    kinds = read_documents(corpus, validation_share=0.3)
    number = re.compile(r"escena (\d+)")
    plays = {
        side: {n for text in getattr(kinds["everyday"], side) for n in number.findall(text)}
        for side in ("training", "validation")
    }
    assert all(plays.values())
    assert not plays["training"] & plays["validation"]


def test_paragraphs_with_a_blocked_word_are_left_out(tmp_path):
    word = next(phrase for phrase in blocked_words() if " " not in phrase)
    text = f"Un párrafo.\nOtro con {word.upper()}.\nUno con {word}xyz.\n"
    (tmp_path / "novelas.txt.xz").write_bytes(lzma.compress(text.encode()))
    documents = read_documents(tmp_path, validation_share=0.0)["literature"]
    assert documents.training == (f"Un párrafo.\nUno con {word}xyz.",)


def test_windows_begin_where_a_paragraph_begins(run):
    for kind in KINDS:
        ids = run.objective.ids[f"{kind}.training"]
        starts = paragraph_starts(run.objective.tokenizer, ids)
        text = run.objective.tokenizer.decode(ids[starts[5] : starts[5] + 30].tolist())
        assert text.startswith(BEGINNINGS)
    windows = run.objective.windows(run.dice, RECIPE.short_window)
    assert windows.shape == (8, RECIPE.short_window + 1)
    assert all(
        run.objective.tokenizer.decode(row[:40].tolist()).startswith(BEGINNINGS) for row in windows
    )


def test_a_share_of_the_steps_has_long_windows(run, monkeypatch):
    lengths = []
    draw = run.objective.windows

    def windows(dice, length):
        lengths.append(length)
        return draw(dice, length)

    monkeypatch.setattr(run.objective, "windows", windows)
    for _ in range(60):
        run._take_step(0.0)
    assert set(lengths) == {RECIPE.short_window, RECIPE.n_positions}
    assert 0.1 < lengths.count(RECIPE.n_positions) / len(lengths) < 0.5


def test_the_head_loss_is_the_cross_entropy():
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(2050, 8, generator=generator).bfloat16().float().requires_grad_()
    weight = torch.randn(50, 8, generator=generator).bfloat16().float().requires_grad_()
    targets = torch.randint(0, 50, (2050,), generator=generator)
    expected = torch.nn.functional.cross_entropy(hidden @ weight.T, targets)
    wanted = torch.autograd.grad(expected, (hidden, weight))
    loss = head_loss(hidden, weight, targets)
    gradients = torch.autograd.grad(loss, (hidden, weight))
    torch.testing.assert_close(loss, expected, rtol=5e-3, atol=0)
    for gradient, want in zip(gradients, wanted, strict=True):
        torch.testing.assert_close(gradient, want, rtol=0.05, atol=0.01 * want.abs().max().item())


def test_the_loss_falls_and_a_checkpoint_goes_on_where_it_was(run, corpus, tmp_path):
    first = run._take_step(0.0)
    for _ in range(30):
        last = run._take_step(0.0)
    assert last < first - 0.5
    run._save(CHECKPOINT)
    resumed = Training(RECIPE, corpus, tmp_path / "work", "cpu")
    assert resumed.step == run.step
    (drawn,), (expected,) = resumed.objective.draw(resumed.dice), run.objective.draw(run.dice)
    assert torch.equal(drawn, expected)
    for name, weights in run.model.state_dict().items():
        assert torch.equal(resumed.model.state_dict()[name], weights)


def test_a_longer_run_goes_on_from_before_the_learning_rate_fell(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(train, "LONGEST_STEP_S", 0.01)

    def resume(seconds):
        return Training(RECIPE, corpus, tmp_path / "work", "cpu", budget_s=seconds)

    short = resume(0.2)
    short.train()
    assert short.elapsed_s >= 0.2
    assert resume(0.2).step == short.step
    longer = resume(100.0)
    assert 0 < longer.step < short.step
    assert 0.12 < longer.elapsed_s < 0.14
    longer.elapsed_s = 10.0
    longer._save(CHECKPOINT)
    assert resume(200.0).elapsed_s == 10.0


def test_a_run_may_start_from_a_finished_model(run, corpus, tmp_path):
    run._take_step(0.0)
    run.export(tmp_path / "first")
    second = Training(RECIPE, corpus, tmp_path / "second", "cpu", start_from=tmp_path / "first")
    assert second.step == 0
    assert second.objective.tokenizer.get_vocab() == run.objective.tokenizer.get_vocab()
    for name, weights in run.model.state_dict().items():
        torch.testing.assert_close(second.model.state_dict()[name], weights.bfloat16().float())
    second.export(tmp_path / "out")
    record = json.loads((tmp_path / "out/training.json").read_text())
    assert record["before"] == json.loads((tmp_path / "first/training.json").read_text())


def test_no_stage_process_or_start_reads_again_what_another_has_read(
    run, corpus, tmp_path, monkeypatch
):
    run.export(tmp_path / "first")

    def second():
        return Training(RECIPE, corpus, tmp_path / "2", "cpu", start_from=tmp_path / "first")

    later_stage = second()
    later_stage.export(tmp_path / "second")
    third = Training(RECIPE, corpus, tmp_path / "3", "cpu", start_from=tmp_path / "second")
    monkeypatch.setattr("engine.embedded.train.processes.number", lambda: 1)
    other_process = second()
    later_stage.step = 16
    later_stage._save(CHECKPOINT)
    restarted = second()
    draws = [x.dice.integers(2**62) for x in (run, later_stage, third, other_process, restarted)]
    assert len({*draws}) == len(draws)


def test_the_weights_at_the_start_may_have_a_share_in_the_model(run, corpus, tmp_path):
    run.export(tmp_path / "first")
    recipe = replace(RECIPE, start_share=0.25)
    second = Training(recipe, corpus, tmp_path / "2", "cpu", start_from=tmp_path / "first")
    start = {name: weights.clone() for name, weights in second.model.state_dict().items()}
    for _ in range(5):
        second._take_step(0.0)
    end = {name: weights.clone() for name, weights in second.model.state_dict().items()}
    second.export(tmp_path / "out")
    written = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32)
    for name, weights in written.state_dict().items():
        expected = 0.25 * start[name] + 0.75 * end[name]
        torch.testing.assert_close(weights, expected, rtol=0.01, atol=1e-6)
        assert torch.equal(second.model.state_dict()[name], end[name])


def test_another_recipe_does_not_take_the_checkpoint(run, corpus, tmp_path):
    run._take_step(0.0)
    run._save(CHECKPOINT)
    with pytest.raises(SystemExit):
        Training(CausalRecipe(vocab_size=300, n_layer=2), corpus, tmp_path / "work", "cpu")


def test_the_exported_folder_loads_like_any_model(run, tmp_path):
    run._take_step(0.0)
    run.export(tmp_path / "out")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32)
    text = "¿El niño? «Sí»."
    ids = tokenizer(text).input_ids
    assert tokenizer.decode(ids) == text
    assert model(torch.tensor([ids])).logits.shape == (1, len(ids), len(tokenizer))
    assert json.loads((tmp_path / "out/training.json").read_text())["recipe"]["n_layer"] == 1


@pytest.mark.parametrize("length", [2, 33, WINDOW_TOKENS, WINDOW_TOKENS + 1, 1300])
def test_bits_per_byte_of_a_model_that_knows_nothing_is_that_of_a_uniform_guess(length):
    def model(input_ids):
        assert input_ids.shape[1] <= WINDOW_TOKENS
        return SimpleNamespace(logits=torch.zeros(*input_ids.shape, 256))

    model.eval = lambda: None
    model.config = SimpleNamespace(max_position_embeddings=4096)
    assert bits_per_byte(model, [7] * length, length - 1) == pytest.approx(8.0)


@pytest.mark.parametrize("leading", [[3], []])
def test_what_stands_before_every_text_stands_before_every_window(leading):
    begins = []

    def tokenizer(text, *, add_special_tokens=True, verbose=True):
        own = list(text.encode())
        return SimpleNamespace(input_ids=[*leading, *own] if add_special_tokens else own)

    def model(input_ids):
        begins.append(input_ids[0, :2].tolist())
        assert input_ids.shape[1] <= WINDOW_TOKENS
        return SimpleNamespace(logits=torch.zeros(*input_ids.shape, 256))

    tokenizer.bos_token_id = 3
    model.eval = lambda: None
    model.config = SimpleNamespace(max_position_embeddings=4096)
    assert text_bits_per_byte(model, tokenizer, "a" * 1300) == pytest.approx(8.0)
    later = [*leading, ord("a"), ord("a")][:2]
    assert begins == [[3, ord("a")], *[later] * (len(begins) - 1)]
    assert len(begins) > 2


def test_bits_per_byte_uses_the_context(run):
    ids = run.objective.ids["literature.validation"].tolist()[:200]
    text_bytes = len(run.objective.tokenizer.decode(ids[1:]).encode())
    logits = run.model.eval()(input_ids=torch.tensor([ids[:32]])).logits[0, :-1]
    expected = torch.nn.functional.cross_entropy(logits, torch.tensor(ids[1:32]), reduction="sum")
    bits = expected.item() / math.log(2) / text_bytes
    assert bits_per_byte(run.model, ids[:32], text_bytes) == pytest.approx(bits, rel=1e-5)


def test_a_trigram_is_that_of_the_counts(run):
    seen = run.objective.ids["literature.training"]
    held_out = run.objective.ids["literature.validation"][:100]
    text_bytes = len(run.objective.tokenizer.decode(held_out[2:].tolist()).encode())
    vocabulary = run.objective.tokenizer.get_vocab_size()
    unigram, trigram = Trigrams(seen, vocabulary).bits_per_byte(held_out, text_bytes)
    grams = [Counter(zip(*(seen[k:].tolist() for k in range(n)))) for n in (1, 2, 3)]  # noqa: B905
    bits = [0.0, 0.0]
    for a, b, c in zip(held_out.tolist(), held_out[1:].tolist(), held_out[2:].tolist()):  # noqa: B905
        low = (grams[0][(c,)] + 1) / (len(seen) + vocabulary)
        middle = grams[1][(b, c)] / grams[0][(b,)] if grams[0][(b,)] else low
        high = grams[2][(a, b, c)] / grams[1][(a, b)] if grams[1][(a, b)] else middle
        bits[0] -= math.log2(low)
        bits[1] -= math.log2(0.6 * high + 0.3 * middle + 0.1 * low)
    assert (unigram * text_bytes, trigram * text_bytes) == pytest.approx(tuple(bits))
    assert trigram < unigram


async def test_the_card_says_what_was_measured(run, tmp_path):
    run._take_step(0.0)
    run._report(SimpleNamespace(write=lambda _: None))
    run.export(tmp_path / "out")
    record = json.loads((tmp_path / "out/training.json").read_text())
    record["before"] = dict(record, seconds=7200.0)
    columns = {"unicornio-9m": 1.234, "trigrama": 2.5}
    numbers = dict.fromkeys(TEXT_NAMES, columns)
    learned = dict.fromkeys(KINDS, 1.111)
    card = render(record, numbers, learned, await samples(tmp_path / "out"))
    assert "| unicornio-9m | trigrama |" in card
    assert card.count("| 1,23 | 2,50 |") == len(TEXT_NAMES)
    assert card.count("| 1,11 | 1,23 |") == len(KINDS)
    assert "GPT2LMHeadModel`: 1 capas, 2 cabezas, anchura 16" in card
    assert "| 0,0 M | 2,00 | 40 | 16 | 24 | 12 | 8 | 0,015 | 0,0015 | 40 % |" in card
    names = re.findall(r"\$[a-z_]+", TEMPLATE.read_text(encoding="utf-8"))
    assert names
    assert not [name for name in names if name in card]
    assert card.count("\n5. …") == len(SAMPLE_PROMPTS)


def test_the_curve_goes_on_where_the_earlier_run_ended(tmp_path):
    first = {"log": [{"tokens": 100, "prose": 2.0}, {"tokens": 300, "prose": 1.5}]}
    second = {"log": [{"tokens": 50, "prose": 1.4, "everyday": 1.6}], "before": first}
    third = {"log": [{"tokens": 7, "prose": 1.3}], "before": second}
    assert [entry["tokens"] for entry in whole_log(third)] == [100, 300, 350, 357]
    draw(third, {"prose": "prosa", "everyday": "diálogos"}, tmp_path / "curve.png")
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
