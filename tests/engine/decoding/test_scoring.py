import pytest

from engine import DecodingParams, EngineError, ScoreRequest
from engine.decoding import score
from tests.engine.tiny import FAMILIES, complete, request

PROMPT = "La vida es "
SETTINGS = {"repetition_penalty": 1.3, "no_repeat_ngram_size": 3, "max_new_tokens": 14}


def assert_same_steps(scored, traced):
    assert len(scored) == len(traced)
    for one, other in zip(scored, traced, strict=True):
        assert one.chosen == other.chosen
        assert one.draw is None
        assert one.entropy_bits == pytest.approx(other.entropy_bits, abs=1e-3)
        assert one.surprisal_bits == pytest.approx(other.surprisal_bits, abs=1e-3)
        assert one.final_entropy_bits == pytest.approx(other.final_entropy_bits, abs=1e-3)
        assert [s.name for s in one.stages] == [s.name for s in other.stages]
        assert [s.tokens_kept for s in one.stages] == [s.tokens_kept for s in other.stages]
        ours = {c.token_id: c for c in one.candidates}
        for candidate in other.candidates:
            same = ours[candidate.token_id]
            assert same.final_prob == pytest.approx(candidate.final_prob, abs=1e-4)
            assert same.removed_by == candidate.removed_by


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    "strategy",
    [
        {"strategy": "sample", "top_k": 30, "top_p": 0.95, "min_new_tokens": 4},
        {"strategy": "beam", "num_beams": 3},
        {"strategy": "beam_sample", "num_beams": 3, "top_p": 0.9},
        {"strategy": "contrastive", "top_k": 4, "penalty_alpha": 0.5},
    ],
)
def test_scores_equal_the_trace_of_a_run(tiny_model, family, strategy):
    loaded = tiny_model(family)
    completion = complete(loaded, request(PROMPT, trace_top_n=4, **SETTINGS, **strategy))
    attempt = completion.attempts[0]
    wanted = ScoreRequest(
        prompt=PROMPT,
        continuation=attempt.token_ids,
        params=completion.params,
        trace_top_n=4,
    )
    assert_same_steps(score(loaded, wanted), attempt.steps)


def test_a_prompt_that_was_cut_is_cut_again(tiny_model):
    loaded = tiny_model("llama", adds_bos=True)
    prompt = "Caminante, no hay camino, se hace camino al andar. " * 6
    completion = complete(loaded, request(prompt, trace_top_n=3, max_new_tokens=20))
    attempt = completion.attempts[0]
    assert completion.truncated_tokens > 0
    wanted = ScoreRequest(
        prompt=prompt, continuation=attempt.token_ids[:5], params=completion.params, trace_top_n=3
    )
    assert_same_steps(score(loaded, wanted), attempt.steps[:5])


def test_a_text_is_tokenized_together_with_its_prompt(tiny_model):
    loaded = tiny_model("gpt2")
    steps = score(loaded, ScoreRequest(prompt="La vida es", continuation=" sueño"))
    whole = loaded.tokenizer("La vida es sueño")["input_ids"]
    assert [s.chosen for s in steps] == whole[len(loaded.tokenizer("La vida es")["input_ids"]) :]


def test_a_token_over_the_boundary_belongs_to_the_continuation(tiny_model):
    loaded = tiny_model("gpt2")
    steps = score(loaded, ScoreRequest(prompt="La vid", continuation="a es"))
    whole = loaded.tokenizer("La vida es")["input_ids"]
    prompt = loaded.tokenizer("La vid")["input_ids"]
    shared = next(i for i, (a, b) in enumerate(zip(whole, prompt, strict=False)) if a != b)
    assert [s.chosen for s in steps] == whole[shared:]


@pytest.mark.parametrize("adds_bos", [False, True])
def test_a_whole_text_starts_where_the_model_can_say_something(tiny_model, adds_bos):
    loaded = tiny_model("gpt2", adds_bos=adds_bos)
    text = "La vida es sueño"
    steps = score(loaded, ScoreRequest(prompt="", continuation=text))
    ids = loaded.tokenizer(text)["input_ids"]
    assert [s.chosen for s in steps] == ids[1:]
    assert loaded.vocabulary.text_of(steps[0].chosen) == ("L" if adds_bos else "a")


def test_without_candidates_the_chosen_token_is_the_only_one(tiny_model):
    steps = score(
        tiny_model("gpt2"), ScoreRequest(prompt=PROMPT, continuation="sueño", trace_top_n=0)
    )
    assert all([c.token_id for c in s.candidates] == [s.chosen] for s in steps)


def test_a_removed_token_was_not_drawn(tiny_model):
    loaded = tiny_model("gpt2")
    params = DecodingParams(strategy="sample", top_k=1)
    steps = score(loaded, ScoreRequest(prompt=PROMPT, continuation="xyz", params=params))
    step = next(s for s in steps if s.chosen_candidate.raw_rank > 1)
    assert step.chosen_candidate.removed_by == "top_k"
    assert step.chosen_candidate.final_prob == 0.0
    assert (step.stages[-1].tokens_kept, step.stages[-1].mass_kept) == (0, 0.0)


def test_a_text_longer_than_the_model_sees_is_refused(tiny_model):
    with pytest.raises(EngineError) as error:
        score(tiny_model("gpt2"), ScoreRequest(prompt="", continuation="no " * 200))
    assert (error.value.code, error.value.field) == ("invalid_params", "continuation")


def test_an_id_outside_the_vocabulary_is_refused(tiny_model):
    with pytest.raises(EngineError) as error:
        score(tiny_model("gpt2"), ScoreRequest(prompt=PROMPT, continuation=(5, 9999)))
    assert error.value.value == 9999
