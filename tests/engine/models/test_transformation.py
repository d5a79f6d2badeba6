"""What a checkpoint says of its tasks, its languages and its own settings."""

import json
from dataclasses import replace

import pytest
from transformers import MBart50Tokenizer, NllbTokenizer

from engine.errors import EngineError, ModelUnavailable
from tests.engine import pairs
from tests.engine.tiny import complete, request

PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁", "h", "o", "l", "a", "▁a", "▁h", "ho")
MERGES = [("▁", "a"), ("▁", "h"), ("h", "o")]
START = {"decoder_start_token_id": 2, "pad_token_id": 1, "eos_token_id": 2}


def edit(path, **fields):
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def source_ids(loaded, text, **fields):
    asked = replace(request(text, max_new_tokens=1), **fields)
    return list(complete(loaded, asked).source_ids)


def test_t5_is_told_a_task_by_its_name_or_in_words(tmp_path):
    pairs.save("t5", tmp_path)
    tasks = {
        "summarization": {"prefix": "resume: ", "num_beams": 4},
        "translation_es_to_en": {"prefix": "traduce del español: "},
        "silent": {"num_beams": 2},
    }
    edit(tmp_path / "config.json", task_specific_params=tasks)
    loaded = pairs.load(tmp_path)
    assert loaded.info.tasks == ("summarization", "translation_es_to_en")
    assert loaded.info.takes_task
    for task, written in (
        (None, "la vida"),
        ("summarization", "resume: la vida"),
        ("corrige", "corrige: la vida"),
        ("corrige: ", "corrige: la vida"),
        (" ", "la vida"),
    ):
        expected = loaded.tokenizer(written)["input_ids"]
        assert source_ids(loaded, "la vida", task=task) == expected
    assert loaded.transformation.positions == pairs.N_POSITIONS
    assert loaded.info.source_positions == pairs.N_POSITIONS


def test_what_is_read_of_a_long_source_is_counted_without_its_task(tmp_path):
    pairs.save("t5", tmp_path)
    loaded = pairs.load(tmp_path)
    text = "camino de la vida " * 20
    asked = replace(request(text, max_new_tokens=1), task="corrige el texto")
    read = complete(loaded, asked).source_characters
    whole = complete(loaded, request(text, max_new_tokens=1)).source_characters
    assert 0 < read < whole < len(text)
    assert text[read] == text[whole] == " "


def test_a_task_is_refused_where_nothing_comes_of_it(tmp_path):
    loaded = pairs.build("marian", tmp_path).loaded
    assert not loaded.info.takes_task
    with pytest.raises(EngineError) as caught:
        source_ids(loaded, "la vida", task="resume")
    assert (caught.value.code, caught.value.field) == ("invalid_params", "task")


@pytest.mark.parametrize(
    ("tokenizer", "source", "target"),
    [
        (
            lambda: NllbTokenizer(vocab={p: i for i, p in enumerate(PIECES)}, merges=MERGES),
            "spa_Latn",
            "fra_Latn",
        ),
        (
            lambda: MBart50Tokenizer(vocab=[(p, -float(i)) for i, p in enumerate(PIECES)]),
            "es_XX",
            "fr_XX",
        ),
    ],
    ids=("nllb", "mbart50"),
)
def test_a_tokenizer_set_to_one_language_serves_all(tmp_path, tokenizer, source, target):
    own = tokenizer()
    pairs.save("m2m_100", tmp_path, own, **START, vocab_size=len(own) + 1)
    loaded = pairs.load(tmp_path)
    before = loaded.tokenizer("hola")["input_ids"]
    assert {source, target} <= set(loaded.info.source_languages)
    asked = replace(
        request("hola", max_new_tokens=2), source_language=source, target_language=target
    )
    completion = complete(loaded, asked)
    own.src_lang = source
    assert list(completion.source_ids) == own("hola")["input_ids"] != before
    assert completion.attempts[0].token_ids[0] == own.convert_tokens_to_ids(target)
    assert loaded.tokenizer("hola")["input_ids"] == before


def test_what_the_authors_decode_with_is_named_and_not_applied(tmp_path):
    pairs.save("t5", tmp_path)
    generation = tmp_path / "generation_config.json"
    edit(
        generation, num_beams=6, length_penalty=0.6, bad_words_ids=[[1], [7], [8, 9]], max_length=99
    )
    loaded = pairs.load(tmp_path)
    assert dict(loaded.info.own_settings) == {
        "num_beams": "6",
        "length_penalty": "0.6",
        "max_length": "99",
    }
    # The padding is no text; the others are words that somebody did not want.
    assert loaded.transformation.never_ids == (1,)
    completion = complete(loaded, request("la vida", max_new_tokens=3))
    assert completion.params.num_beams == 1


def test_a_checkpoint_that_says_no_beginning_is_refused(tmp_path):
    pairs.save("t5", tmp_path)
    for name in ("config.json", "generation_config.json"):
        fields = {"decoder_start_token_id": None, "bos_token_id": None}
        edit(tmp_path / name, **fields)
    with pytest.raises(ModelUnavailable) as caught:
        pairs.load(tmp_path)
    assert caught.value.reason == "corrupt"
