import random
from dataclasses import replace

import pytest
import torch

from engine import Completion, EngineError
from engine.models.forward import ModelForward
from engine.runtime.plain import PlainRun
from tests.engine import tiny
from tests.engine.tiny import CORPUS, FAMILIES, N_POSITIONS, complete, request


def transformers_greedy(loaded, prompt_ids, params):
    ids = torch.tensor([prompt_ids])
    output = loaded.model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        do_sample=False,
        max_new_tokens=params.max_new_tokens,
        repetition_penalty=params.repetition_penalty,
        no_repeat_ngram_size=params.no_repeat_ngram_size,
        eos_token_id=sorted(loaded.eos_ids),
        pad_token_id=0,
    )
    return output[0, len(prompt_ids) :].tolist()


@pytest.mark.parametrize("family", FAMILIES)
def test_greedy_equals_transformers(tiny_model, family):
    base = tiny_model(family)
    rng = random.Random(family)
    for _ in range(5):
        loaded = replace(base, eos_ids=frozenset(rng.sample(range(base.vocab_size), 12)))
        wanted = request(
            rng.choice(["La vida es", "¿Qué es la vida? Un frenesí. ", "x"]),
            max_new_tokens=rng.randint(1, 25),
            repetition_penalty=rng.choice([1.0, 0.7, 1.5]),
            no_repeat_ngram_size=rng.choice([0, 1, 2, 4]),
        )
        completion = complete(loaded, wanted)
        (attempt,) = completion.attempts
        expected = transformers_greedy(loaded, completion.prompt_ids, wanted.params)
        assert list(attempt.token_ids) == expected, wanted.params


@pytest.mark.parametrize("family", FAMILIES)
def test_rows_of_a_batch_are_independent(tiny_model, family):
    loaded = tiny_model(family)
    settings = {"strategy": "sample", "max_new_tokens": 12, "top_k": 20, "seed": 4}
    both = complete(loaded, request(attempts=3, **settings))
    ids = torch.tensor([[*both.prompt_ids, *both.attempts[2].token_ids]])
    with torch.inference_mode():
        logprobs = torch.log_softmax(loaded.model(ids).logits[0].float(), -1)
    start = len(both.prompt_ids) - 1
    total = sum(float(logprobs[start + i, t]) for i, t in enumerate(both.attempts[2].token_ids))
    assert both.attempts[2].logprob == pytest.approx(total, abs=2e-3)


@pytest.mark.parametrize("adds_bos", [False, True])
def test_a_long_prompt_keeps_its_end_and_its_bos(tiny_model, adds_bos):
    loaded = tiny_model("gpt2", adds_bos=adds_bos)
    prompt = "Caminante, no hay camino, se hace camino al andar. " * 8
    ids = loaded.tokenizer(prompt)["input_ids"]
    completion = complete(loaded, request(prompt, max_new_tokens=20))
    room = N_POSITIONS - 20
    expected = [*ids[:1], *ids[-room + 1 :]] if adds_bos else ids[-room:]
    assert list(completion.prompt_ids) == expected
    assert completion.prompt_tokens == room
    assert completion.truncated_tokens == len(ids) - room
    assert completion.attempts[0].finish_reason == "length"


def test_the_end_of_the_context_ends_a_text(tiny_model):
    loaded = replace(tiny_model("llama"), eos_ids=frozenset())
    completion = complete(loaded, request("La vida", max_new_tokens=500))
    (attempt,) = completion.attempts
    assert len(completion.prompt_ids) == 1
    assert len(attempt.token_ids) == N_POSITIONS - 1
    assert attempt.finish_reason == "context"
    assert completion.params.max_new_tokens == 500


def test_a_final_space_is_kept(tiny_model):
    loaded = tiny_model("gpt2")
    with_space = complete(loaded, request("La vida ", max_new_tokens=1))
    assert list(with_space.prompt_ids) == loaded.tokenizer("La vida ")["input_ids"]


def test_text_is_what_the_tokens_add(tiny_model):
    loaded = tiny_model("qwen2")
    completion = complete(loaded, request("La vida", strategy="sample", max_new_tokens=20, seed=2))
    (attempt,) = completion.attempts
    before = loaded.tokenizer.decode(completion.prompt_ids)
    after = loaded.tokenizer.decode([*completion.prompt_ids, *attempt.token_ids])
    assert after.removeprefix(before).startswith(attempt.text)
    assert len(attempt.text) >= len(after) - len(before) - 1


def test_the_prefix_counts_as_context_but_not_as_answer(tiny_model):
    loaded = tiny_model("gpt2")
    whole = complete(loaded, request(max_new_tokens=12))
    prefix = whole.attempts[0].token_ids[:5]
    rest = complete(loaded, request(max_new_tokens=7, prefix_ids=prefix))
    assert rest.attempts[0].token_ids == whole.attempts[0].token_ids[5:]
    assert rest.prompt_tokens == whole.prompt_tokens
    assert rest.prompt_ids == (*whole.prompt_ids, *prefix)


def test_progress_names_the_attempts_that_changed(tiny_model):
    loaded = tiny_model("llama", spread=0.05)
    wanted = request(strategy="sample", attempts=2, max_new_tokens=10, seed=8)
    run = PlainRun(loaded, wanted)
    assert run.progress() == ()
    last = {}
    while not run.is_done:
        run.step()
        for progress in run.progress():
            assert progress.text != last.get(progress.attempt)
            last[progress.attempt] = progress.text
        assert run.progress() == ()
    assert run.new_tokens == 20
    assert [last[0], last[1]] == [a.text for a in run.completion(0.0).attempts]


def test_beams_publish_their_best_texts(tiny_model):
    run = PlainRun(tiny_model("llama"), request(strategy="beam", num_beams=3, attempts=2))
    run.step()
    assert {p.attempt for p in run.progress()} <= {0, 1}
    while not run.is_done:
        run.step()
        run.progress()
    assert len(run.completion(0.0).attempts) == 2


def test_the_completion_names_its_conditions(tiny_model):
    loaded = tiny_model("gpt2")
    wanted = request(strategy="beam", num_beams=1, top_k=3, max_new_tokens=2, seed=77)
    completion = complete(loaded, wanted)
    assert completion.request_id == wanted.request_id
    assert (completion.model, completion.device, completion.precision) == (
        loaded.name,
        "cpu",
        "exact",
    )
    assert completion.params.strategy == "greedy"
    assert completion.inactive == ("top_k",)
    assert completion.seed == 77
    assert completion.prefill_s > 0
    assert Completion.from_dict(completion.to_dict()) == completion


def test_a_run_that_is_stopped_keeps_what_it_has(tiny_model):
    loaded = tiny_model("gpt2")
    run = PlainRun(loaded, request(max_new_tokens=30))
    for _ in range(3):
        run.step()
    run.stop("cancelled")
    assert run.is_done
    run.step()
    (attempt,) = run.completion(1.5).attempts
    assert (len(attempt.token_ids), attempt.finish_reason) == (3, "cancelled")
    assert run.completion(1.5).queue_s == 1.5


@pytest.mark.parametrize("reason", ["cancelled", "deadline"])
def test_a_run_that_is_stopped_before_its_first_token_has_nothing(tiny_model, reason):
    run = PlainRun(tiny_model("gpt2"), request())
    run.stop(reason)
    assert run.is_done
    assert not run.has_tokens
    with pytest.raises(EngineError) as error:
        run.completion(0.0)
    assert error.value.code == reason


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"strategy": "sample", "top_k": 321}, "top_k"),
        ({"strategy": "beam", "num_beams": 3, "attempts": 4}, "attempts"),
        ({"prefix_ids": (320,)}, "prefix_ids"),
    ],
)
def test_what_does_not_fit_the_model_is_refused(tiny_model, params, field):
    with pytest.raises(EngineError) as error:
        PlainRun(tiny_model("gpt2"), request(**params))
    assert (error.value.code, error.value.field) == ("invalid_params", field)


@pytest.mark.parametrize("broken_step", [0, 3])
def test_logits_that_are_no_numbers_end_the_run(tiny_model, monkeypatch, broken_step):
    loaded = tiny_model("gpt2")
    run = PlainRun(loaded, request(max_new_tokens=10))
    for _ in range(broken_step):
        run.step()
    head = loaded.model.lm_head
    monkeypatch.setattr(
        head, "forward", lambda hidden: hidden[..., :1].expand(1, 1, 320) * torch.nan
    )
    with pytest.raises(EngineError) as error:
        run.step()
    assert error.value.code == "invalid_logits"
    assert run.is_done
    if broken_step:
        (attempt,) = error.value.partial.attempts
        assert (len(attempt.token_ids), attempt.finish_reason) == (3, "stop")
    else:
        assert error.value.partial is None


def test_only_the_last_position_reaches_the_head(tiny_model, monkeypatch):
    loaded = tiny_model("llama")
    widths = []
    head = loaded.model.lm_head
    forward = head.forward
    monkeypatch.setattr(head, "forward", lambda h: widths.append(h.shape[1]) or forward(h))
    complete(loaded, request("Caminante, no hay camino", max_new_tokens=3))
    assert widths == [1, 1, 1]


@pytest.mark.parametrize(
    "lack",
    [RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), MemoryError()],
)
def test_memory_that_is_not_there_has_a_code(tiny_model, monkeypatch, lack):
    loaded = tiny_model("gpt2")
    run = PlainRun(loaded, request())

    def fail(*_, **__):
        raise lack

    monkeypatch.setattr(loaded.model.lm_head, "forward", fail)
    with pytest.raises(EngineError) as error:
        run.step()
    assert error.value.code == "out_of_memory"


@pytest.fixture
def short_pieces(monkeypatch):
    pieces = ModelForward.pieces
    monkeypatch.setattr(ModelForward, "pieces", lambda self, ids: pieces(self, ids, 7))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_context_read_in_pieces_gives_the_same_text(tiny_model, family, request):
    loaded = tiny_model(family)
    wanted = tiny.request(CORPUS[0], max_new_tokens=5)
    whole = complete(loaded, wanted)
    request.getfixturevalue("short_pieces")
    run = PlainRun(loaded, wanted)
    steps = 0
    while not run.has_tokens:
        run.step()
        steps += 1
    assert steps == (9 if loaded.has_cache else 1)
    while not run.is_done:
        run.step()
    in_pieces = run.completion(0.0)
    assert in_pieces.prompt_tokens == 59
    assert in_pieces.attempts[0].token_ids == whole.attempts[0].token_ids
    assert in_pieces.attempts[0].logprob == pytest.approx(whole.attempts[0].logprob, abs=1e-3)


def test_a_long_context_can_be_given_up_between_two_pieces(tiny_model, short_pieces):
    run = PlainRun(tiny_model("llama"), request(CORPUS[0], max_new_tokens=5))
    run.step()
    assert not run.has_tokens
    assert run.progress() == ()
    assert run.new_tokens == 0
    run.stop("cancelled")
    assert run.is_done
    with pytest.raises(EngineError) as error:
        run.completion(0.0)
    assert error.value.code == "cancelled"
