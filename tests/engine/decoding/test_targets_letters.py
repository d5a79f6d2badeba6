"""A model whose configuration says `same_letters` writes the letters of its source."""

import pytest

from engine import EngineError
from engine.letters import bare
from engine.spellings import SPELLINGS_FILE, Spellings
from tests.engine import pairs
from tests.engine.tiny import complete, request

SOURCES = ("el niño comio 3,5 piñas", "¿que?", "a", "x y z 🦄")
STRATEGIES = (
    {},
    {"strategy": "sample", "temperature": 2.0, "seed": 4, "attempts": 2},
    {"strategy": "beam", "num_beams": 3, "attempts": 3},
    {"strategy": "diverse_beam", "num_beams": 4, "num_beam_groups": 2, "diversity_penalty": 1.0},
    {"strategy": "contrastive", "top_k": 3, "penalty_alpha": 0.6},
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("letters")
    pairs.save("marian", folder, same_letters=True)
    return pairs.load(folder)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("source", SOURCES)
def test_every_strategy_writes_the_letters_of_the_source(loaded, source, strategy):
    completion = complete(loaded, request(source, max_new_tokens=40, **strategy))
    letters = bare(source)
    for attempt in completion.attempts:
        if attempt.finish_reason == "eos":
            assert bare(attempt.text) == letters
        else:
            assert letters.startswith(bare(attempt.text).rstrip("\ufffd"))


def test_the_guard_is_a_stage_of_every_step(loaded):
    completion = complete(loaded, request("el niño", max_new_tokens=6, trace_top_n=5))
    (attempt,) = completion.attempts
    for step in attempt.steps:
        (stage,) = [stage for stage in step.stages if stage.name == "same_letters"]
        assert stage.kind == "cut"
        assert step.chosen_candidate.removed_by is None
    assert any(c.removed_by == "same_letters" for c in attempt.steps[0].candidates)


def test_without_the_mark_in_the_configuration_letters_are_free(tmp_path):
    pairs.save("marian", tmp_path)
    loaded = pairs.load(tmp_path)
    completion = complete(loaded, request("el niño", max_new_tokens=6))
    assert not bare("el niño").startswith(bare(completion.attempts[0].text))


def test_what_a_person_has_written_before_is_not_undone(loaded):
    ids = tuple(loaded.tokenizer("otra cosa", add_special_tokens=False).input_ids)
    try:
        completion = complete(loaded, request("el niño", max_new_tokens=6, prefix_ids=ids))
    except EngineError as error:
        pytest.fail(str(error))
    assert completion.attempts[0].token_ids


@pytest.fixture(scope="module")
def knowing(tmp_path_factory):
    folder = tmp_path_factory.mktemp("knowing")
    pairs.save("marian", folder, same_letters=True)
    lines = ("\tniño\t", "\tcomió\t", "\tpiñas\t", "\tel él\t", "\tél\tniño")
    Spellings(lines).write(folder / SPELLINGS_FILE)
    return pairs.load(folder)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_writes_known_words_in_their_forms(knowing, strategy):
    asked = request("el niño comio piñas", max_new_tokens=47, **strategy)
    known = ["él", "niño", "comió", "piñas"]
    for attempt in complete(knowing, asked).attempts:
        chunks = attempt.text.lower().split()
        words = [word for chunk in chunks if (word := "".join(filter(str.isalpha, chunk)))]
        whole = words if attempt.finish_reason == "eos" else words[:-1]
        assert whole == known[: len(whole)]


def test_what_the_list_cuts_and_what_it_leaves_are_all_that_there_was(knowing):
    asked = request("el niño comio", max_new_tokens=20, trace_top_n=5)
    for step in complete(knowing, asked).attempts[0].steps:
        (stage,) = [stage for stage in step.stages if stage.name == "same_letters"]
        assert stage.mass_kept + stage.mass_removed == pytest.approx(1.0)
        assert stage.tokens_kept > 0


def test_a_list_is_part_of_what_tells_two_checkpoints_apart(tmp_path):
    pairs.save("marian", tmp_path, same_letters=True)
    before = pairs.load(tmp_path).revision
    Spellings(["\tniño\t"]).write(tmp_path / SPELLINGS_FILE)
    assert pairs.load(tmp_path).revision != before
