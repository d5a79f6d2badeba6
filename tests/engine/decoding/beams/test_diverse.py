import random
from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import DecodingParams, EngineError
from engine.decoding.beams.diverse import DiverseBeamSearch
from engine.decoding.beams.search import BeamSearch
from engine.decoding.task import build_task
from engine.runtime.batch.batch import Batch
from engine.runtime.plain import PlainRun
from tests.engine.decoding.beams.group_beams import transformers_groups
from tests.engine.runtime.batch.stepping import limits, together
from tests.engine.tiny import FAMILIES, complete, request

ANY_MODEL = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
DIVERSE = {
    "strategy": "diverse_beam",
    "num_beams": 6,
    "num_beam_groups": 3,
    "diversity_penalty": 1.5,
    "attempts": 6,
    "max_new_tokens": 8,
}


def random_case(rng):
    groups = rng.randint(2, 4)
    num_beams = groups * rng.randint(1, 8 // groups)
    return {
        "strategy": "diverse_beam",
        "num_beams": num_beams,
        "num_beam_groups": groups,
        "diversity_penalty": rng.choice([0.1, 0.5, 1.0, 3.0, 10.0]),
        "attempts": num_beams,
        "max_new_tokens": (max_new_tokens := rng.randint(1, 10)),
        "length_penalty": rng.choice([-5.0, -1.0, 0.0, 0.7, 1.0, 5.0]),
        "early_stopping": rng.choice([False, True, "never"]),
        "repetition_penalty": rng.choice([1.0, 1.0, 0.8, 1.4]),
        "no_repeat_ngram_size": rng.choice([0, 0, 1, 2, 3]),
        "min_new_tokens": rng.choice([0, 0, min(4, max_new_tokens)]),
    }


@pytest.mark.parametrize("family", FAMILIES)
def test_every_group_equals_transformers(tiny_model, monkeypatch, family):
    base = tiny_model(family)
    rng = random.Random(family)
    for case in range(20):
        # Several end tokens, so that hypotheses finish at different lengths.
        eos_ids = frozenset(rng.sample(range(base.vocab_size), 20 * (case % 3) + 1))
        loaded = replace(base, eos_ids=eos_ids)
        wanted = request(rng.choice(["La vida es", "Caminante, no hay "]), **random_case(rng))
        completion = complete(loaded, wanted)
        params = wanted.params
        expected = transformers_groups(monkeypatch, loaded, completion.prompt_ids, params)
        # Where two scores are equal, so are the texts, or either may come first.
        ours = sorted((round(a.score, 3), a.token_ids) for a in completion.attempts)
        theirs = sorted((round(score, 3), unpadded(ids, eos_ids)) for ids, score in expected)
        assert [ids for _, ids in ours] == [ids for _, ids in theirs], params
        assert [a.score for a in completion.attempts] == pytest.approx(
            [score for _, score in expected], abs=2e-4, rel=1e-4
        )


def unpadded(ids, eos_ids):
    end = next((i for i, token in enumerate(ids, 1) if token in eos_ids), len(ids))
    return tuple(ids[:end])


def run_strategy(loaded, strategy, wanted):
    """Run a strategy whatever its settings mean, with the model's logits of whole texts."""
    task = build_task(loaded, wanted, tuple(loaded.tokenizer(wanted.prompt)["input_ids"]))
    search = strategy(replace(task, params=wanted.params))
    rows = torch.tensor([task.context_ids])
    while True:
        with torch.inference_mode():
            feed = search.advance(loaded.model(rows, use_cache=False).logits[:, -1])
        if not feed.tokens:
            return search
        rows = torch.cat([rows[list(feed.parents)], torch.tensor(feed.tokens)[:, None]], 1)


@ANY_MODEL
@given(seed=st.integers(0, 10**6), penalty=st.sampled_from([0.0, 2.0]), ends=st.integers(1, 60))
def test_one_group_is_a_beam_search(tiny_model, seed, penalty, ends):
    rng = random.Random(seed)
    base = tiny_model("llama", spread=0.1)
    loaded = replace(base, eos_ids=frozenset(rng.sample(range(base.vocab_size), ends)))
    alone = {**random_case(rng), "num_beam_groups": 1, "diversity_penalty": penalty}
    wanted = request(trace_top_n=3, **alone)
    ours = run_strategy(loaded, DiverseBeamSearch, wanted)
    beams = run_strategy(loaded, BeamSearch, wanted)
    assert ours.hypotheses() == beams.hypotheses()
    assert ours.beam_tree() == beams.beam_tree()
    # As a request it is one, too.
    completion = complete(loaded, wanted)
    assert completion.params.strategy == ("greedy" if alone["num_beams"] == 1 else "beam")


@ANY_MODEL
@given(seed=st.integers(0, 10**6))
def test_without_a_penalty_all_groups_are_the_same_beam_search(tiny_model, seed):
    rng = random.Random(seed)
    loaded = tiny_model("gpt2", spread=0.1)
    shared = {**random_case(rng), "diversity_penalty": 0.0}
    size = shared["num_beams"] // shared["num_beam_groups"]
    beams = {**shared, "strategy": "beam", "num_beams": size, "attempts": size}
    single = run_strategy(loaded, BeamSearch, request(**beams)).hypotheses()
    copies = [h for h in single for _ in range(shared["num_beam_groups"])]
    ours = complete(loaded, request(**shared)).attempts
    assert sorted(a.token_ids for a in ours) == sorted(tuple(h.token_ids) for h in copies)
    assert [a.score for a in ours] == pytest.approx([h.score for h in copies])


@ANY_MODEL
@given(seed=st.integers(0, 10**6), trace_top_n=st.sampled_from([0, 4]))
def test_alone_and_in_a_batch_they_write_the_same(tiny_model, seed, trace_top_n):
    rng = random.Random(seed)
    base = tiny_model("gpt2", spread=0.1)
    # Many end tokens, so that groups leave the batch at different steps.
    loaded = replace(base, eos_ids=frozenset(rng.sample(range(base.vocab_size), 40)))
    wanted = [
        request("La vida es", trace_top_n=trace_top_n, **random_case(rng)),
        request("x", strategy="sample", max_new_tokens=7, seed=seed),
        request("¿Qué es la vida? ", trace_top_n=trace_top_n, **random_case(rng)),
    ]
    batch = Batch(loaded, limits(rows=32, cells=32 * 64))
    for one, item in zip(together(batch, wanted), wanted, strict=True):
        alone = complete(loaded, item)
        assert [a.token_ids for a in one.attempts] == [a.token_ids for a in alone.attempts]
        assert [a.score for a in one.attempts] == pytest.approx(
            [a.score for a in alone.attempts], abs=1e-4, rel=1e-5
        )
        assert (one.beams is None) == (alone.beams is None)


def test_a_great_penalty_lets_no_two_groups_choose_the_same(tiny_model):
    settings_of_each = {**DIVERSE, "num_beams": 4, "num_beam_groups": 4, "attempts": 4}
    wanted = request(**{**settings_of_each, "diversity_penalty": 10.0})
    attempts = complete(tiny_model("llama", spread=0.1), wanted).attempts
    assert all(a.finish_reason == "length" for a in attempts)
    for tokens in zip(*(a.token_ids for a in attempts), strict=True):
        assert len(set(tokens)) == 4


@pytest.fixture
def traced(tiny_model):
    base = tiny_model("llama", spread=0.1)
    loaded = replace(base, eos_ids=frozenset(range(0, 320, 12)))
    return complete(loaded, request(trace_top_n=4, **DIVERSE))


def test_the_tree_names_the_groups_and_adds_up(traced):
    nodes = traced.beams.nodes
    assert [n.node for n in nodes] == list(range(len(nodes)))
    assert {n.group for n in nodes} == {0, 1, 2}
    for node in nodes:
        parent = None if node.parent is None else nodes[node.parent]
        assert parent is None or (parent.group, parent.step) == (node.group, node.step - 1)
        before = 0.0 if parent is None else parent.score
        assert node.score == pytest.approx(before + node.token_score, abs=1e-4)
    for winner, attempt in zip(traced.beams.winners, traced.attempts, strict=True):
        assert nodes[winner].normalised_score == pytest.approx(attempt.score, rel=1e-5)
        assert nodes[winner].step + 1 == len(attempt.token_ids)


def test_every_group_keeps_as_many_as_it_has_beams(traced):
    first = [n for n in traced.beams.nodes if n.step == 0]
    for group in range(3):
        assert sum(n.group == group and n.status == "kept" for n in first) == 2
    # At first all groups read the same, so what sets their scores apart is the penalty.
    unpenalised = {n.token_id: n.token_score for n in first if n.group == 0}
    chosen, compared = [], 0
    for group in range(3):
        own = [n for n in first if n.group == group]
        for node in own:
            if node.token_id in unpenalised:
                penalty = unpenalised[node.token_id] - node.token_score
                assert penalty == pytest.approx(1.5 * chosen.count(node.token_id), abs=1e-5)
                compared += group > 0
        chosen += [n.token_id for n in own if n.status == "kept"]
    assert compared


def test_the_steps_show_the_penalty_where_a_group_came_before(traced):
    groups = {traced.beams.nodes[w].group for w in traced.beams.winners}
    assert groups >= {0, 1}
    for winner, attempt in zip(traced.beams.winners, traced.attempts, strict=True):
        is_apart = traced.beams.nodes[winner].group > 0
        for step in attempt.steps:
            names = [stage.name for stage in step.stages]
            assert ("diversity_penalty" in names) == is_apart
            if is_apart:
                stage = step.stages[names.index("diversity_penalty")]
                assert (stage.kind, stage.tokens_removed) == ("reshape", 0)
        assert len(attempt.steps) == len(attempt.token_ids)


def test_a_traced_run_writes_the_same_text(tiny_model, traced):
    base = tiny_model("llama", spread=0.1)
    loaded = replace(base, eos_ids=frozenset(range(0, 320, 12)))
    plain = complete(loaded, request(**DIVERSE))
    assert [a.token_ids for a in plain.attempts] == [a.token_ids for a in traced.attempts]
    assert plain.beams is None


def test_a_stopped_search_gives_its_best_hypotheses(tiny_model):
    run = PlainRun(tiny_model("llama"), request(**DIVERSE))
    texts = []
    for _ in range(4):
        run.step()
        texts.append(run.progress())
    assert all(texts)
    run.stop("deadline")
    attempts = run.completion(0.0).attempts
    assert [len(a.token_ids) for a in attempts] == [4] * 6
    scores = [a.score for a in attempts]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("chosen", "meant"),
    [
        ({"num_beams": 1, "num_beam_groups": 3}, "greedy"),
        ({"num_beams": 4}, "beam"),
        ({"num_beams": 4, "diversity_penalty": 1.0}, "beam"),
        ({"num_beams": 4, "num_beam_groups": 2}, "diverse_beam"),
        ({"num_beams": 4, "num_beam_groups": 4, "diversity_penalty": 1.0}, "diverse_beam"),
    ],
)
def test_what_the_settings_mean(chosen, meant):
    params = DecodingParams(strategy="diverse_beam", **chosen)
    assert params.resolved().strategy == meant


def test_the_groups_count_only_in_this_strategy():
    diverse = {"num_beam_groups": 2, "diversity_penalty": 0.5}
    for strategy in ("greedy", "sample", "beam", "sample_and_rank", "beam_sample", "contrastive"):
        inactive = DecodingParams(
            strategy=strategy, num_beams=4, top_k=5, penalty_alpha=0.5, **diverse
        ).inactive()
        assert set(diverse) <= set(inactive)
    used = DecodingParams(strategy="diverse_beam", num_beams=4, temperature=0.5, **diverse)
    assert used.inactive() == ("temperature",)


@pytest.mark.parametrize(("beams", "groups"), [(5, 2), (4, 8), (8, 3)])
def test_the_groups_must_divide_the_beams(tiny_model, beams, groups):
    wanted = request(strategy="diverse_beam", num_beams=beams, num_beam_groups=groups)
    with pytest.raises(EngineError) as error:
        complete(tiny_model("llama"), wanted)
    assert (error.value.code, error.value.field) == ("invalid_params", "num_beam_groups")
    assert error.value.value == groups
    divisors = [int(n) for n in error.value.range.split(", ")]
    assert divisors == [n for n in range(1, beams + 1) if beams % n == 0]
