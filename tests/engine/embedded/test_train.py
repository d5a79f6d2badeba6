import json
import lzma

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from engine.embedded.corpus import read_documents
from engine.embedded.evaluate import bits_per_byte, trigram_bits_per_byte
from engine.embedded.train import Recipe, Training

SENTENCES = (
    "El niño comió piña en la montaña.",
    "¿Quién es usted? —preguntó la señora.",
    "La vida es sueño, y los sueños, sueños son.",
    "Caminante, no hay camino: se hace camino al andar.",
)
RECIPE = Recipe(
    vocab_size=300,
    n_embd=16,
    n_layer=1,
    n_head=2,
    n_positions=32,
    batch_windows=4,
    micro_windows=2,
    validation_share=0.3,
    warmup_steps=2,
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    for name in ("modern", "novelas"):
        documents = [
            "\n".join(f"{name} {n}. {sentence}" for sentence in SENTENCES for _ in range(3))
            for n in range(24)
        ]
        text = "\n<|endoftext|>\n".join(documents)
        (folder / f"{name}.txt.xz").write_bytes(lzma.compress(text.encode()))
    return folder


@pytest.fixture
def run(corpus, tmp_path):
    return Training(RECIPE, corpus, tmp_path / "work", "cpu")


def test_documents_are_split_once_and_lines_are_not_repeated(corpus):
    parts = read_documents(corpus, validation_share=0.3)
    assert set(parts) == {"modern", "literature"}
    for documents in parts.values():
        assert len(documents.training) + len(documents.validation) == 24
        assert documents.validation
        assert not set(documents.training) & set(documents.validation)
        lines = documents.training[0].split("\n")
        assert len(lines) == len(set(lines))
    assert read_documents(corpus, validation_share=0.3) == parts


def test_the_loss_falls_and_a_checkpoint_goes_on_where_it_was(run, corpus, tmp_path):
    first = run._take_step(0.0)
    for _ in range(30):
        last = run._take_step(0.0)
    assert last < first - 0.5
    run._save()
    resumed = Training(RECIPE, corpus, tmp_path / "work", "cpu")
    assert resumed.step == run.step
    assert torch.equal(resumed._windows(), run._windows())
    for name, weights in run.model.state_dict().items():
        assert torch.equal(resumed.model.state_dict()[name], weights)


def test_another_recipe_does_not_take_the_checkpoint(run, corpus, tmp_path):
    run._take_step(0.0)
    run._save()
    with pytest.raises(SystemExit):
        Training(Recipe(vocab_size=300, n_layer=2), corpus, tmp_path / "work", "cpu")


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


def test_bits_per_byte_of_a_model_that_knows_nothing_is_that_of_a_uniform_guess(run):
    ids = run.ids["literature.validation"]
    for parameter in run.model.parameters():
        parameter.data.zero_()
    window = RECIPE.n_positions
    scored = ids[1 : len(ids) - (len(ids) - window) % (window // 2)]
    expected = np.log2(run.tokenizer.get_vocab_size()) * len(scored)
    expected /= len(run.tokenizer.decode(scored.tolist()).encode())
    assert bits_per_byte(run.model, run.tokenizer, ids, "cpu") == pytest.approx(expected, rel=1e-4)


def test_a_trigram_knows_what_it_has_seen(run):
    seen, held_out = run.ids["literature.training"], run.ids["literature.validation"]
    assert trigram_bits_per_byte(seen, seen[:200], run.tokenizer) > 0
    assert trigram_bits_per_byte(seen, held_out, run.tokenizer) < 3
