import json
import math
from collections import Counter

import numpy as np
import pytest
import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer

from engine.embedded import FOLDER
from engine.embedded.masked_network import MASK
from engine.embedded.recipe import MaskedRecipe
from engine.embedded.train import CHECKPOINT, Training
from tests.engine.embedded.recipes import MASKED_RECIPE as RECIPE


@pytest.fixture(scope="module")
def run(corpus, tmp_path_factory):
    return Training(RECIPE, corpus, tmp_path_factory.mktemp("work"), "cpu")


def test_whole_words_are_hidden_and_one_in_its_place_each(run):
    objective = run.objective
    ids = np.array(objective.tokenizer.encode("Caminante, no hay camino: el niño comió.").ids)
    dice = np.random.default_rng(0)
    begins = objective.words.groups(ids)
    words = np.split(ids, begins[1:])
    assert [objective.tokenizer.decode(word.tolist()).strip() for word in words] == [
        "Caminante", ",", "no", "hay", "camino", ":", "el", "niño", "comió", ".",
    ]  # fmt: skip
    for count in (1, 3, 5, len(ids)):
        places = objective.words.hidden_places(ids, count, dice)
        assert len(set(places.tolist())) == len(places) == count
    whole = set(objective.words.hidden_places(ids, 4, dice).tolist())
    split = [set(range(b, b + len(w))) & whole for b, w in zip(begins, words, strict=True)]
    cut = [part for part, word in zip(split, words, strict=True) if 0 < len(part) < len(word)]
    assert len(cut) <= 1


def test_common_words_are_hidden_less_often_and_the_model_makes_up_for_it(corpus, tmp_path):
    recipe = MaskedRecipe(**{**vars(RECIPE), "common_share": 0.001, "calibration": 0.5})
    objective = Training(recipe, corpus, tmp_path, "cpu").objective
    chances, tokenizer = objective.chances, objective.tokenizer
    common, rare = (tokenizer.token_to_id(piece) for piece in ("Ġde", "Ġmadera"))
    assert 0 < chances[common] < 0.5
    assert chances[rare] == 1.0
    bias = objective.model.cls.predictions.bias
    assert bias[rare] == 0
    assert bias[common].item() == pytest.approx(-0.5 * math.log(chances[common]))
    ids = np.array(
        tokenizer.encode("la puerta de madera de la casa de madera de la calle de la madera").ids
    )
    dice, hidden = np.random.default_rng(0), Counter()
    for _ in range(400):
        hidden.update(ids[objective.words.hidden_places(ids, 2, dice)].tolist())
    assert hidden[common] / 5 < hidden[rare] / 3


def test_a_step_hides_the_same_share_of_every_window(run):
    masked, places, targets = run.objective.draw(run.dice)
    assert (masked == run.objective.mask_id).sum(1).tolist() == [places.shape[1]] * len(masked)
    assert (masked.gather(1, places) == run.objective.mask_id).all()
    assert (targets != run.objective.mask_id).all()


def test_the_first_layer_looks_at_neighbours(run):
    ids = torch.tensor([run.objective.tokenizer.encode("El niño comió piña en la montaña.").ids])
    before, behind = run.model.eval()(input_ids=ids, output_attentions=True).attentions[0][0]
    inner = range(1, ids.shape[1] - 1)
    assert all(before[place].argmax() == place - 1 for place in inner)
    assert all(behind[place].argmax() == place + 1 for place in inner)


def test_the_loss_falls_and_the_checkpoint_is_taken_up(run, corpus):
    first = run._take_step(0.0)
    for _ in range(25):
        last = run._take_step(0.0)
    assert last < first - 0.5
    run._save(CHECKPOINT)
    resumed = Training(RECIPE, corpus, run.work, "cpu")
    assert resumed.step == run.step
    for name, weights in run.model.state_dict().items():
        assert torch.equal(resumed.model.state_dict()[name], weights)


def test_the_loss_is_that_of_the_model_itself(run):
    masked, places, targets = run.objective.draw(run.dice)
    labels = torch.full_like(masked, -100).scatter_(1, places, targets)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        expected = run.model.eval()(input_ids=masked, labels=labels).loss
    loss = run.objective.loss((masked, places, targets))
    torch.testing.assert_close(loss.float(), expected.float(), rtol=0.01, atol=0)


def test_the_embeddings_may_be_those_of_a_decoder(corpus, tmp_path):
    wide = MaskedRecipe(**{**vars(RECIPE), "hidden_size": 320, "heads": 5})
    start = Training(wide, corpus, tmp_path, "cpu", start_from=FOLDER)
    table = start.model.bert.embeddings.word_embeddings.weight
    assert torch.equal(table[:8192], start.start["transformer.wte.weight"])
    assert start.before is None


def test_the_exported_folder_fills_a_gap(run, tmp_path):
    run.export(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    model = AutoModelForMaskedLM.from_pretrained(tmp_path, dtype=torch.float32)
    assert tokenizer.is_fast
    assert tokenizer.mask_token == MASK
    ids = tokenizer("El niño [MASK] piña.").input_ids
    assert ids.count(tokenizer.mask_token_id) == 1
    assert tokenizer.decode(ids[: ids.index(tokenizer.mask_token_id)]) == "El niño"
    assert tokenizer("¿[MASK] es?").input_ids[1] == tokenizer.mask_token_id
    assert model(torch.tensor([ids])).logits.shape[-1] == len(tokenizer)
    record = json.loads((tmp_path / "training.json").read_text(encoding="utf-8"))
    assert record["recipe"]["layers"] == 1
