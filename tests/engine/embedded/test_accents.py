import random

import numpy as np
import pytest
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from engine.embedded.hurry import Hurry, following, paragraphs, sentences
from engine.embedded.loss import IGNORED, head_loss
from engine.embedded.recipe import AccentsRecipe
from engine.embedded.train import CHECKPOINT, Training
from engine.letters import bare, hurried

RECIPE = AccentsRecipe(
    vocab_size=400,
    d_model=32,
    d_ff=32,
    encoder_layers=1,
    decoder_layers=1,
    heads=2,
    window=32,
    short_window=24,
    step_tokens=256,
    micro_tokens=128,
    validation_share=0.3,
    warmup_steps=2,
)


@pytest.fixture(scope="module", params=["marian", "t5"])
def run(corpus, tmp_path_factory, request):
    recipe = AccentsRecipe(**{**vars(RECIPE), "architecture": request.param})
    return Training(recipe, corpus, tmp_path_factory.mktemp("work"), "cpu")


def test_a_source_has_the_letters_of_its_target(run):
    objective = run.objective
    for _ in range(5):
        sources, targets, _ = objective.draw(run.dice)
        for source, target in zip(sources, targets.clamp(min=objective.pad), strict=True):
            typed, meant = (objective.tokenizer.decode(ids.tolist()) for ids in (source, target))
            assert bare(typed) == bare(meant)
            assert (source == objective.end).sum() == (target == objective.end).sum() == 1


def test_sentences_go_on_to_the_end_of_their_document():
    texts = paragraphs(["Uno. Dos.\nTres.", "Cuatro.", "en minúscula"])
    assert texts == ["Uno. Dos.", "Tres.", "", "Cuatro.", ""]
    found = {"".join(following(texts, 0, random.Random(seed))) for seed in range(9)}
    assert found == {"Uno. Dos.\nTres.", "Dos.\nTres."}
    assert "".join(sentences("¿Sí? —No. Va…")) == "¿Sí? —No. Va…"


def test_some_are_in_less_of_a_hurry():
    text = "¿Él está aquí, Ángel? ¡Sí!"
    typed = {Hurry(random.Random(seed))(text) for seed in range(60)}
    assert hurried(text) in typed
    assert len(typed) > 10
    assert {bare(one) for one in typed} == {bare(text)}


def test_the_loss_falls_and_the_checkpoint_is_taken_up(run, corpus):
    first = run._take_step(0.0)
    for _ in range(25):
        last = run._take_step(0.0)
    assert last < first - 0.5
    run._save(CHECKPOINT)
    resumed = Training(run.recipe, corpus, run.work, "cpu")
    for name, weights in run.model.state_dict().items():
        assert torch.equal(resumed.model.state_dict()[name], weights)


def test_the_loss_is_that_of_the_model_itself(run):
    sources, targets, counts = run.objective.draw(np.random.default_rng(1))
    assert counts.unique().tolist() == [1.0, run.recipe.decision_weight]
    counts = torch.ones_like(counts)
    seen = (sources != run.objective.pad).long()
    labels = targets.masked_fill(targets == IGNORED, -100)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        expected = run.model.eval()(input_ids=sources, attention_mask=seen, labels=labels).loss
    loss = run.objective.loss((sources, targets, counts))
    torch.testing.assert_close(loss.float(), expected.float(), rtol=0.01, atol=0)


def test_what_is_ignored_has_no_part_in_the_loss():
    hidden = torch.randn(6, 8).bfloat16().float().requires_grad_()
    weight = torch.randn(10, 8).bfloat16().float()
    targets = torch.tensor([1, IGNORED, 3, IGNORED, IGNORED, 2])
    loss = head_loss(hidden, weight, targets)
    kept = targets != IGNORED
    expected = torch.nn.functional.cross_entropy((hidden @ weight.T)[kept], targets[kept])
    torch.testing.assert_close(loss, expected, rtol=5e-3, atol=0)
    (gradient,) = torch.autograd.grad(loss, hidden)
    assert (gradient[~kept] == 0).all()
    assert (gradient[kept] != 0).any()


def test_a_row_counts_as_often_as_its_weight_says():
    hidden = torch.randn(3, 8).bfloat16().float().requires_grad_()
    weight = torch.randn(10, 8).bfloat16().float()
    targets = torch.tensor([4, 1, IGNORED])
    loss = head_loss(hidden, weight, targets, row_weights=torch.tensor([3.0, 1.0, 5.0]))
    repeated = [0, 0, 0, 1]
    expected = torch.nn.functional.cross_entropy((hidden @ weight.T)[repeated], targets[repeated])
    torch.testing.assert_close(loss, expected, rtol=5e-3, atol=0)
    found, wanted = (torch.autograd.grad(value, hidden)[0] for value in (loss, expected))
    torch.testing.assert_close(found, wanted, rtol=0.05, atol=2e-3)


def test_words_that_could_have_an_accent_count_more(run):
    text = "La función del perro."
    encoded = run.objective._encoded(text)
    counts = run.objective._weights(text, encoded)
    start, end = text.index("función"), text.index("función") + len("función")
    more = run.recipe.decision_weight
    for (begin, stop), count in zip(encoded.offsets, counts, strict=True):
        assert count == (more if begin < end and start < stop else 1.0)
    assert more in counts


def test_the_cross_attention_begins_along_the_diagonal(corpus, tmp_path):
    run = Training(RECIPE, corpus, tmp_path, "cpu")
    ids = torch.tensor([run.objective.tokenizer.encode("el niño comio piña en la montaña").ids])
    found = run.model.eval()(input_ids=ids, decoder_input_ids=ids, output_attentions=True)
    diagonal = found.cross_attentions[0][0, 0].argmax(-1)
    assert (diagonal - torch.arange(len(diagonal))).abs().float().mean() < 2


def test_the_exported_folder_writes(run, tmp_path):
    run.export(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    model = AutoModelForSeq2SeqLM.from_pretrained(tmp_path, dtype=torch.float32)
    text = "¿El niño? «Sí»."
    ids = tokenizer(text).input_ids
    assert ids[-1] == tokenizer.eos_token_id
    assert tokenizer.decode(ids, skip_special_tokens=True) == text
    written = model.generate(torch.tensor([ids]), max_new_tokens=4)
    assert written[0, 0] == model.config.decoder_start_token_id == tokenizer.pad_token_id
