"""Encoder-decoders: what they write is what `generate` writes, and what it is made of."""

import random
from dataclasses import replace

import pytest
import torch
from transformers import GenerationConfig

from engine import EngineError, GenerationRequest, ScoreRequest
from engine.decoding import score
from tests.engine import pairs
from tests.engine.pairs import FAMILIES
from tests.engine.tiny import complete, request

SOURCES = (
    "La vida es sueño, y los sueños, sueños son.",
    "caminante no hay camino",
    "x",
    "¿Qué es la vida? Un frenesí. ¿Qué es la vida? Una ilusión.",
)


@pytest.fixture(scope="module", params=FAMILIES)
def pair(request, tmp_path_factory):
    return pairs.build(request.param, tmp_path_factory.mktemp(request.param))


def generated(reference, loaded, completion):
    """Return what `generate` makes of the same source and settings: ids, and scores of beams."""
    params, sides = completion.params, loaded.transformation
    config = GenerationConfig(
        decoder_start_token_id=sides.start_id,
        eos_token_id=sorted(loaded.eos_ids) or None,
        pad_token_id=1,
        forced_bos_token_id=sides.first_id,
        forced_eos_token_id=list(sides.last_ids) or None,
        bad_words_ids=[[i] for i in sides.never_ids] or None,
        do_sample=False,
        max_new_tokens=params.max_new_tokens,
        min_new_tokens=params.min_new_tokens or None,
        num_beams=params.num_beams if params.is_beam else 1,
        num_return_sequences=params.attempts if params.is_beam else 1,
        length_penalty=params.length_penalty,
        early_stopping=params.early_stopping,
        repetition_penalty=params.repetition_penalty,
        no_repeat_ngram_size=params.no_repeat_ngram_size,
        return_dict_in_generate=True,
        output_scores=True,
    )
    reference.generation_config = config
    source = torch.tensor([completion.source_ids])
    output = reference.generate(
        source, attention_mask=torch.ones_like(source), generation_config=config
    )
    ids = []
    for row in output.sequences[:, 1:].tolist():
        end = next((i for i, token in enumerate(row) if token in loaded.eos_ids), len(row))
        ids.append(row[: end + 1])
    scores = output.sequences_scores.tolist() if params.is_beam else None
    return ids, scores


def random_model(loaded, rng):
    """Return the model with other tokens that end a text, are forced, or never come."""
    token_ids = rng.sample(range(2, loaded.vocab_size), 16)
    eos_ids = frozenset(token_ids[: rng.choice([0, 1, 6])])
    sides = replace(
        loaded.transformation,
        first_id=rng.choice([None, token_ids[6]]),
        last_ids=tuple(sorted(eos_ids)[:1]) if rng.random() < 0.5 else (),
        never_ids=tuple(token_ids[7 : rng.choice([7, 8, 16])]),
    )
    return replace(loaded, eos_ids=eos_ids, transformation=sides)


def random_params(rng):
    beams = rng.randint(2, 5)
    beam = {
        "strategy": "beam",
        "num_beams": beams,
        "attempts": rng.randint(1, beams),
        "length_penalty": rng.choice([1.0, 0.0, 0.6, 2.0, -1.0]),
        "early_stopping": rng.choice([False, True, "never"]),
    }
    return {
        **(beam if rng.random() < 0.6 else {}),
        "max_new_tokens": rng.randint(2, 10),
        "min_new_tokens": rng.choice([0, 0, 4]),
        "repetition_penalty": rng.choice([1.0, 1.0, 0.8, 1.5]),
        "no_repeat_ngram_size": rng.choice([0, 0, 1, 2, 3]),
    }


def test_ids_and_scores_equal_generate(pair):
    rng = random.Random(7)
    for _ in range(30):
        loaded = random_model(pair.loaded, rng)
        wanted = request(rng.choice(SOURCES), **random_params(rng))
        completion = complete(loaded, wanted)
        ids, scores = generated(pair.reference, loaded, completion)
        facts = (wanted.params, loaded.eos_ids, loaded.transformation)
        assert [list(a.token_ids) for a in completion.attempts] == ids, facts
        if scores is not None:
            assert [a.score for a in completion.attempts] == pytest.approx(
                scores, rel=1e-4, abs=1e-4
            ), facts


def test_the_distribution_of_a_draw_is_that_of_transformers(pair):
    rng = random.Random(3)
    for seed in range(3):
        loaded = random_model(pair.loaded, rng)
        settings = {
            "temperature": rng.choice([0.5, 1.4]),
            "top_k": rng.choice([0, 20]),
            "top_p": rng.choice([1.0, 0.8]),
            "repetition_penalty": rng.choice([1.0, 1.3]),
            "no_repeat_ngram_size": rng.choice([0, 2]),
        }
        wanted = request(
            SOURCES[0],
            strategy="sample",
            max_new_tokens=6,
            seed=seed,
            trace_top_n=loaded.vocab_size,
            **settings,
        )
        completion = complete(loaded, wanted)
        processors = processors_of(pair.reference, loaded, settings, max_new_tokens=6)
        ids = torch.tensor([completion.prompt_ids])
        for step in completion.attempts[0].steps:
            with torch.inference_mode():
                logits = pair.reference(
                    input_ids=torch.tensor([completion.source_ids]), decoder_input_ids=ids
                ).logits[:, -1]
            raw = torch.softmax(logits.double(), -1)[0]
            final = torch.softmax(processors(ids, logits).double(), -1)[0]
            for candidate in step.candidates:
                assert candidate.raw_prob == pytest.approx(float(raw[candidate.token_id]), abs=1e-4)
                expected = float(final[candidate.token_id])
                assert candidate.final_prob == pytest.approx(expected, abs=1e-4)
            ids = torch.cat([ids, torch.tensor([[step.chosen]])], dim=1)


def processors_of(reference, loaded, settings, max_new_tokens):
    sides = loaded.transformation
    config = GenerationConfig(
        do_sample=True,
        decoder_start_token_id=sides.start_id,
        pad_token_id=1,
        eos_token_id=sorted(loaded.eos_ids) or None,
        forced_bos_token_id=sides.first_id,
        forced_eos_token_id=list(sides.last_ids) or None,
        bad_words_ids=[[i] for i in sides.never_ids] or None,
        max_length=1 + max_new_tokens,
        **settings,
    )
    reference._prepare_special_tokens(config, device="cpu")
    return reference._get_logits_processor(
        generation_config=config, input_ids_seq_length=1, device="cpu", model_kwargs={}
    )


STRATEGIES = (
    {},
    {"strategy": "sample", "attempts": 3, "top_p": 0.9, "seed": 5},
    {"strategy": "sample_and_rank", "attempts": 3, "seed": 5},
    {"strategy": "beam", "num_beams": 3, "attempts": 2},
    {"strategy": "beam_sample", "num_beams": 3, "seed": 5},
    {"strategy": "diverse_beam", "num_beams": 4, "num_beam_groups": 2, "diversity_penalty": 0.5},
    {"strategy": "contrastive", "top_k": 4, "penalty_alpha": 0.6},
)


@pytest.mark.parametrize("settings", STRATEGIES, ids=lambda s: s.get("strategy", "greedy"))
def test_every_strategy_keeps_its_books(pair, settings):
    forced = replace(pair.loaded.transformation, first_id=40, last_ids=(0,), never_ids=(1, 50))
    loaded = replace(pair.loaded, transformation=forced)
    wanted = request(
        SOURCES[1], max_new_tokens=8, trace_top_n=4, repetition_penalty=1.2, **settings
    )
    completion = complete(loaded, wanted)
    assert completion.prompt_ids == (forced.start_id,)
    assert completion.prompt_tokens == len(completion.source_ids) > 3
    for attempt in completion.attempts:
        assert attempt.token_ids[0] == 40
        assert 50 not in attempt.token_ids
        assert len(attempt.token_ids) < 8 or attempt.token_ids[-1] == 0
        assert attempt.finish_reason == "eos"
        assert len(attempt.steps) == len(attempt.token_ids)
        check_logprob(pair.reference, completion, attempt)
        for t, step in enumerate(attempt.steps):
            check_step(step, is_forced=t in (0, 7))
    again = complete(loaded, wanted)
    assert again.attempts == completion.attempts
    if completion.beams is not None:
        nodes = completion.beams.nodes
        for node in nodes:
            before = 0.0 if node.parent is None else nodes[node.parent].score
            assert node.score == pytest.approx(before + node.token_score, abs=1e-3)


def check_logprob(reference, completion, attempt):
    target = torch.tensor([[*completion.prompt_ids, *attempt.token_ids]])
    with torch.inference_mode():
        logits = reference(
            input_ids=torch.tensor([completion.source_ids]), decoder_input_ids=target
        ).logits[0]
    logprobs = torch.log_softmax(logits.float(), -1)
    total = sum(float(logprobs[i, token]) for i, token in enumerate(attempt.token_ids))
    assert attempt.logprob == pytest.approx(total, abs=2e-3)


def check_step(step, *, is_forced):
    names = [stage.name for stage in step.stages]
    assert ("forced" in names) == is_forced
    assert "bad_words_ids" in names
    for stage in step.stages:
        assert stage.mass_kept + stage.mass_removed == pytest.approx(1.0)
    if is_forced:
        forced = step.stages[names.index("forced")]
        assert (forced.kind, forced.tokens_kept) == ("cut", 1)
        assert step.chosen_candidate.removed_by is None
        assert step.chosen_candidate.final_prob == pytest.approx(1.0)
        assert 0.0 < step.chosen_candidate.raw_prob < 1.0
        others = [c for c in step.candidates if c.token_id != step.chosen]
        assert {c.removed_by for c in others} <= {"forced", "bad_words_ids"}


def test_the_rest_of_a_text_goes_on_as_the_whole(pair):
    forced = replace(pair.loaded.transformation, last_ids=(0,), never_ids=(1,))
    loaded = replace(pair.loaded, transformation=forced)
    settings = {"strategy": "sample", "top_k": 30, "seed": 2}
    whole = complete(loaded, request(SOURCES[0], max_new_tokens=9, **settings))
    ids = whole.attempts[0].token_ids
    for written in (1, 4, 7):
        if written >= len(ids):
            break
        asked = request(
            SOURCES[0], max_new_tokens=9 - written, prefix_ids=ids[:written], **settings
        )
        rest = complete(loaded, asked)
        assert rest.attempts[0].token_ids == ids[written:]
        assert rest.source_ids == whole.source_ids


def test_a_long_source_keeps_its_beginning_and_says_so(pair):
    long = "Caminante, no hay camino, se hace camino al andar. " * 8
    own = pair.loaded.tokenizer(long, add_special_tokens=False)["input_ids"]
    completion = complete(pair.loaded, request(long, max_new_tokens=2))
    read = list(completion.source_ids)
    assert pairs.N_POSITIONS - 16 < len(read) <= pairs.N_POSITIONS
    assert read == own[: len(read)]
    assert completion.prompt_tokens == len(read)
    assert completion.truncated_tokens == len(own) - len(read)
    text = pair.loaded.tokenizer.decode(read)
    assert long.startswith(text)
    assert long[len(text)] == " "
    assert completion.source_characters == len(text)
    assert complete(pair.loaded, request("camino", max_new_tokens=2)).source_characters is None


def test_a_source_without_spaces_is_cut_where_the_room_ends(pair):
    completion = complete(pair.loaded, request("camino" * 60, max_new_tokens=2))
    assert completion.prompt_tokens == pairs.N_POSITIONS


def test_a_target_ends_where_its_positions_do(pair):
    loaded = replace(pair.loaded, eos_ids=frozenset())
    completion = complete(loaded, request(SOURCES[1], max_new_tokens=500))
    (attempt,) = completion.attempts
    assert len(attempt.token_ids) == pairs.N_POSITIONS - 1
    assert attempt.finish_reason == "context"
    ids = tuple([5] * (pairs.N_POSITIONS - 1))
    with pytest.raises(EngineError) as caught:
        complete(loaded, request(SOURCES[1], prefix_ids=ids))
    assert caught.value.field == "prefix_ids"


def test_a_score_is_what_the_run_recorded(pair):
    loaded = pair.loaded
    wanted = request(SOURCES[3], max_new_tokens=6, trace_top_n=3, no_repeat_ngram_size=2)
    completion = complete(loaded, wanted)
    (attempt,) = completion.attempts
    steps = score(
        loaded,
        ScoreRequest(
            prompt=SOURCES[3],
            continuation=attempt.token_ids,
            params=wanted.params,
            trace_top_n=3,
        ),
    )
    assert [step.chosen for step in steps] == list(attempt.token_ids)
    for scored, recorded in zip(steps, attempt.steps, strict=True):
        assert scored.surprisal_bits == pytest.approx(recorded.surprisal_bits, abs=1e-3)
        names = [stage.name for stage in recorded.stages]
        assert [stage.name for stage in scored.stages] == names
    by_text = score(loaded, ScoreRequest(prompt=SOURCES[3], continuation="sueño"))
    expected = loaded.tokenizer("sueño", add_special_tokens=False)["input_ids"]
    assert [step.chosen for step in by_text] == expected


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"source_language": "es"}, "source_language"),
        ({"target_language": "xx"}, "target_language"),
    ],
)
def test_a_language_that_a_model_does_not_have_is_refused(pair, fields, field):
    with pytest.raises(EngineError) as caught:
        complete(pair.loaded, GenerationRequest(prompt="hola", **fields))
    assert (caught.value.code, caught.value.field) == ("invalid_params", field)


def test_an_empty_source_is_refused(pair):
    with pytest.raises(EngineError) as caught:
        complete(pair.loaded, GenerationRequest(prompt="  ", prefix_ids=(5,)))
    assert caught.value.code == "empty_prompt"
