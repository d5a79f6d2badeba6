import random
from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import NoRepeatNGramLogitsProcessor, RepetitionPenaltyLogitsProcessor

from engine import Completion, DecodingParams, EngineError
from engine.decoding.stages import ExactTopK
from engine.runtime.batch.batch import Batch
from engine.runtime.plain import PlainRun
from tests.engine.runtime.batch.stepping import limits
from tests.engine.tiny import FAMILIES, complete, request

CONTRASTIVE = {"strategy": "contrastive", "top_k": 5, "penalty_alpha": 0.6, "max_new_tokens": 9}


def read(loaded, ids):
    with torch.inference_mode():
        output = loaded.model(torch.tensor([ids]), use_cache=False, output_hidden_states=True)
    return output.logits[0, -1], output.hidden_states[-1][0]


def by_the_book(loaded, prompt_ids, params, length):
    """Su et al. (2022), eq. 5, everything read again for every candidate.

    Returns:
        The tokens, and of each step (token, confidence, penalty, score) of every candidate.
    """
    ids, steps = list(prompt_ids), []
    for _ in range(length):
        logits, _ = read(loaded, ids)
        scores = logits[None]
        if params.repetition_penalty != 1.0:
            penalise = RepetitionPenaltyLogitsProcessor(params.repetition_penalty)
            scores = penalise(torch.tensor([ids]), scores)
        if params.no_repeat_ngram_size:
            scores = NoRepeatNGramLogitsProcessor(params.no_repeat_ngram_size)(
                torch.tensor([ids]), scores
            )
        probs = torch.softmax(scores[0], -1)
        order = sorted(range(len(probs)), key=lambda i: (-float(probs[i]), i))[: params.top_k]
        terms = []
        for token in order:
            _, hidden = read(loaded, [*ids, token])
            penalty = max(
                float(torch.cosine_similarity(hidden[-1], earlier, dim=0))
                for earlier in hidden[:-1]
            )
            confidence = float(probs[token])
            score = (1 - params.penalty_alpha) * confidence - params.penalty_alpha * penalty
            terms.append((token, confidence, penalty, score))
        steps.append(terms)
        ids.append(max(terms, key=lambda term: term[3])[0])
    return ids[len(prompt_ids) :], steps


@pytest.mark.parametrize("family", FAMILIES)
def test_the_text_is_that_of_the_paper(tiny_model, family):
    loaded = tiny_model(family, spread=0.2)
    rng = random.Random(family)
    for _ in range(2):
        chosen = {
            "top_k": rng.randint(2, 7),
            "penalty_alpha": rng.choice([0.2, 0.6, 1.0]),
            "repetition_penalty": rng.choice([1.0, 1.3]),
            "no_repeat_ngram_size": rng.choice([0, 2]),
        }
        wanted = request(rng.choice(["La vida es", "Caminante, "]), **{**CONTRASTIVE, **chosen})
        completion = complete(loaded, replace(wanted, trace_top_n=3))
        attempt = completion.attempts[0]
        length = len(attempt.token_ids)
        ids, steps = by_the_book(loaded, completion.prompt_ids, wanted.params, length)
        assert list(attempt.token_ids) == ids, chosen
        for step, terms in zip(attempt.steps, steps, strict=True):
            assert [c.token_id for c in step.contrast] == [term[0] for term in terms]
            for ours, (_, confidence, penalty, score) in zip(step.contrast, terms, strict=True):
                assert ours.confidence == pytest.approx(confidence, abs=1e-4)
                assert ours.penalty == pytest.approx(penalty, abs=1e-4)
                assert ours.score == pytest.approx(score, abs=1e-4)


def test_the_nearest_token_is_the_one_that_is_most_alike(tiny_model):
    loaded = tiny_model("llama", spread=0.2)
    completion = complete(loaded, request(trace_top_n=2, **CONTRASTIVE))
    ids = list(completion.prompt_ids)
    for step in completion.attempts[0].steps:
        for term in step.contrast:
            _, hidden = read(loaded, [*ids, term.token_id])
            cosine = torch.cosine_similarity(hidden[-1], hidden[term.nearest], dim=0)
            assert 0 <= term.nearest < len(ids)
            assert term.penalty == pytest.approx(float(cosine), abs=1e-4)
        ids.append(step.chosen)


def test_the_steps_show_the_candidates_as_a_cut(tiny_model):
    completion = complete(
        tiny_model("gpt2"), request(trace_top_n=8, repetition_penalty=1.2, **CONTRASTIVE)
    )
    attempt = Completion.from_dict(completion.to_dict()).attempts[0]
    assert [step.chosen for step in attempt.steps] == list(attempt.token_ids)
    for step in attempt.steps:
        names = [stage.name for stage in step.stages]
        assert names == ["vocabulary", "repetition_penalty", "top_k", "draw"]
        for stage in step.stages:
            assert stage.mass_kept + stage.mass_removed == pytest.approx(1.0)
        assert step.stages[2].tokens_kept == 5
        assert step.chosen in [term.token_id for term in step.contrast]
        assert step.chosen == max(step.contrast, key=lambda term: term.score).token_id
        assert step.draw is None
        share = sum(c.final_prob for c in step.candidates) + step.rest.final_mass
        assert share == pytest.approx(1.0)


def test_it_stops_at_ends_and_strings_as_the_others_do(tiny_model):
    base = tiny_model("llama", spread=0.2)
    free = complete(base, request(**CONTRASTIVE)).attempts[0]
    ending = free.token_ids[4]
    ended = complete(replace(base, eos_ids=frozenset({ending})), request(**CONTRASTIVE))
    assert ended.attempts[0].finish_reason == "eos"
    assert ended.attempts[0].token_ids == free.token_ids[: free.token_ids.index(ending) + 1]
    stopped = complete(base, request(stop=(free.text[3:5],), **CONTRASTIVE)).attempts[0]
    assert stopped.finish_reason == "stop"
    assert free.text.startswith(stopped.text)
    assert free.finish_reason == "length"


def test_tracing_does_not_change_the_text(tiny_model):
    loaded = tiny_model("gemma3_text")
    plain = complete(loaded, request(**CONTRASTIVE)).attempts[0]
    traced = complete(loaded, request(trace_top_n=4, **CONTRASTIVE)).attempts[0]
    assert (plain.token_ids, plain.logprob, plain.steps) == (traced.token_ids, traced.logprob, ())


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cut=st.integers(1, 8), k=st.integers(2, 6))
def test_a_run_can_be_resumed_at_any_token(tiny_model, cut, k):
    loaded = tiny_model("llama", spread=0.2)
    settings = {**CONTRASTIVE, "top_k": k}
    whole = complete(loaded, request(**settings)).attempts[0].token_ids
    rest = {**settings, "max_new_tokens": 9 - cut}
    resumed = complete(loaded, request(prefix_ids=whole[:cut], **rest)).attempts[0]
    assert resumed.token_ids == whole[cut:]


def test_a_long_prompt_is_read_in_pieces(tiny_model, monkeypatch):
    loaded = tiny_model("llama", spread=0.2)
    wanted = request("Caminante, no hay camino. ", **CONTRASTIVE)
    whole = complete(loaded, wanted).attempts[0]
    monkeypatch.setattr("engine.models.forward.ModelForward.pieces", in_threes)
    pieces = complete(loaded, wanted).attempts[0]
    assert pieces.token_ids == whole.token_ids
    # A processor may sum three rows in another order than twenty.
    assert pieces.logprob == pytest.approx(whole.logprob, abs=1e-4)


def in_threes(_self, ids, _size=3):
    return [ids[start : start + 3] for start in range(0, len(ids), 3)]


def test_nothing_is_written_before_the_candidates_are_read(tiny_model):
    run = PlainRun(tiny_model("llama"), request(**CONTRASTIVE))
    run.step()
    assert not run.has_tokens
    run.stop("cancelled")
    with pytest.raises(EngineError) as error:
        run.completion(0.0)
    assert error.value.code == "cancelled"
    run = PlainRun(tiny_model("llama"), request(**CONTRASTIVE))
    for _ in range(3):
        run.step()
    run.stop("deadline")
    assert len(run.completion(0.0).attempts[0].token_ids) == 2


def test_a_batch_leaves_it_to_the_plain_runner(tiny_model):
    batch = Batch(tiny_model("llama"), limits())
    run = batch.open_run(request(**CONTRASTIVE))
    assert not batch.has_room(run)
    assert batch.has_room(batch.open_run(request(max_new_tokens=9)))


@pytest.mark.parametrize("given", [{"penalty_alpha": 0.0}, {"top_k": 1}, {"top_k": 0}])
def test_with_nothing_to_weigh_it_is_greedy(tiny_model, given):
    params = DecodingParams(**{**CONTRASTIVE, **given})
    assert params.resolved().strategy == "greedy"
    completion = complete(tiny_model("llama"), request(**{**CONTRASTIVE, **given}))
    greedy = complete(tiny_model("llama"), request(max_new_tokens=9))
    assert completion.attempts == greedy.attempts


def test_too_many_candidates_are_refused(tiny_model):
    with pytest.raises(EngineError) as error:
        PlainRun(tiny_model("llama"), request(**{**CONTRASTIVE, "top_k": 65}))
    assert (error.value.code, error.value.field) == ("invalid_params", "top_k")


def test_what_does_nothing_is_listed():
    params = DecodingParams(temperature=2, top_p=0.5, num_beams=3, attempts=4, **CONTRASTIVE)
    assert set(params.inactive()) == {"temperature", "top_p", "num_beams", "attempts"}
    assert DecodingParams(strategy="sample", penalty_alpha=0.6).inactive() == ("penalty_alpha",)


def test_of_equal_tokens_the_first_are_candidates():
    kept = ExactTopK(3)(None, torch.tensor([[1.0, 2.0, 2.0, 0.0, 2.0, 2.0]]))
    assert (kept[0] > -torch.inf).nonzero().flatten().tolist() == [1, 2, 4]


def test_asking_for_hidden_states_leaves_the_shared_model_as_it_was(tiny_model):
    loaded = tiny_model("qwen2")
    complete(loaded, request(**CONTRASTIVE))
    assert not any(module._forward_hooks for module in loaded.model.modules())
