"""The whole engine, real model code included, on a tiny model made here."""

from __future__ import annotations

import asyncio
import json

import pytest

from engine import (
    Completion,
    DecodingParams,
    Done,
    EngineError,
    GenerationRequest,
    Progress,
    Queued,
    ScoreRequest,
    create_engine,
)
from engine.runtime.local import LocalEngine
from tests.engine.runtime.asking import collect, failure_of

PROMPT = "Había una vez"
STRATEGIES = {
    "greedy": DecodingParams(max_new_tokens=12),
    "sample": DecodingParams(
        strategy="sample", max_new_tokens=12, temperature=0.9, top_p=0.95, attempts=3
    ),
    "beam": DecodingParams(strategy="beam", max_new_tokens=12, num_beams=3, attempts=2),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A GPT-2 of random weights and byte tokens that never produces its end token."""
    import torch
    from tokenizers import Tokenizer, decoders, pre_tokenizers
    from tokenizers.models import BPE
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    path = tmp_path_factory.mktemp("models") / "diminuto"
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab = {symbol: index for index, symbol in enumerate([*alphabet, "<|end|>"])}
    tokenizer = Tokenizer(BPE(vocab=vocab, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|end|>").save_pretrained(path)
    torch.manual_seed(7)
    end = vocab["<|end|>"]
    config = GPT2Config(
        vocab_size=len(vocab),
        n_positions=256,
        n_embd=32,
        n_layer=2,
        n_head=2,
        bos_token_id=end,
        eos_token_id=end,
        initializer_range=0.3,
    )
    GPT2LMHeadModel(config).save_pretrained(path)
    return path


@pytest.fixture
async def engine(folder):
    engine = create_engine(models=[str(folder)], workers=2)
    await engine.start()
    yield engine
    await engine.close()


@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_a_real_completion_survives_the_round_trip_and_the_replay(engine, strategy):
    request = GenerationRequest(
        prompt=PROMPT, params=STRATEGIES[strategy], seed=5, trace_top_n=4, deadline_s=60.0
    )
    completion = await engine.generate(request)
    assert len(completion.attempts) == STRATEGIES[strategy].attempts
    assert all(len(attempt.steps) == 12 for attempt in completion.attempts)
    as_json = json.loads(json.dumps(completion.to_dict()))
    assert Completion.from_dict(as_json) == completion
    replayed = await engine.generate(GenerationRequest.from_dict(request.to_dict()))
    assert replayed.attempts == completion.attempts
    assert replayed.beams == completion.beams


@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_the_stream_shows_the_text_that_the_completion_has(engine, strategy):
    request = GenerationRequest(prompt=PROMPT, params=STRATEGIES[strategy])
    events = await collect(engine.stream(request))
    assert events[0] == Queued(position=1)
    assert isinstance(events[-1], Done)
    assert any(isinstance(event, Progress) for event in events)
    same = await engine.generate(GenerationRequest(prompt=PROMPT, params=STRATEGIES[strategy]))
    assert events[-1].completion.attempts == same.attempts


async def test_one_request_is_the_same_alone_and_in_a_crowd(engine):
    def request(number: int) -> GenerationRequest:
        params = STRATEGIES["sample"]
        return GenerationRequest(prompt=f"Texto {number}", params=params, seed=1, user_id=number)

    alone = [(await engine.generate(request(number))).attempts for number in range(3)]
    crowd = await asyncio.gather(*(engine.generate(request(number)) for number in range(20)))
    for completion, attempts in zip(crowd[:3], alone, strict=True):
        for together, single in zip(completion.attempts, attempts, strict=True):
            assert together.token_ids == single.token_ids
            assert together.text == single.text
            assert together.logprob == pytest.approx(single.logprob, abs=1e-3)


async def test_cancelling_at_the_first_text_returns_it(engine):
    request = GenerationRequest(prompt=PROMPT, params=DecodingParams(max_new_tokens=240))
    seen = []
    async for event in engine.stream(request):
        seen.append(event)
        if isinstance(event, Progress):
            engine.cancel(request.request_id)
    (attempt,) = seen[-1].completion.attempts
    assert attempt.finish_reason in {"cancelled", "length"}
    assert attempt.token_ids
    first = next(event for event in seen if isinstance(event, Progress))
    assert attempt.text.startswith(first.text)


async def test_score_gives_the_steps_of_the_run_that_wrote_the_text(engine):
    params = STRATEGIES["greedy"]
    completion = await engine.generate(
        GenerationRequest(prompt=PROMPT, params=params, trace_top_n=3)
    )
    (attempt,) = completion.attempts
    steps = await engine.score(
        ScoreRequest(prompt=PROMPT, continuation=attempt.token_ids, params=params, trace_top_n=3)
    )
    assert [step.chosen for step in steps] == list(attempt.token_ids)
    assert [step.surprisal_bits for step in steps] == pytest.approx(
        [step.surprisal_bits for step in attempt.steps], abs=1e-4
    )


async def test_what_the_model_cannot_take_is_refused_and_the_next_request_served(engine):
    params = DecodingParams(strategy="sample", top_k=5000)
    refused = engine.generate(GenerationRequest(prompt=PROMPT, params=params))
    assert (await failure_of(refused)).field == "top_k"
    request = GenerationRequest(prompt=PROMPT, params=STRATEGIES["greedy"])
    assert (await engine.generate(request)).attempts[0].text


async def test_weights_that_are_not_numbers_end_in_a_typed_error(folder):
    import torch

    engine = create_engine(models=[str(folder)])
    await engine.start()
    assert isinstance(engine, LocalEngine)
    loaded = engine._store.get(str(folder))
    weight = loaded.model.transformer.ln_f.bias
    with torch.no_grad():
        weight.fill_(float("nan"))
    request = GenerationRequest(prompt=PROMPT, params=STRATEGIES["sample"])
    assert (await failure_of(engine.generate(request))).code == "invalid_logits"
    with torch.no_grad():
        weight.fill_(0.0)
    assert (await engine.generate(request)).attempts[0].text
    await engine.close()


async def test_a_folder_that_does_not_exist_fails_the_start(tmp_path):
    engine = create_engine(models=[str(tmp_path / "nada")])
    with pytest.raises(EngineError) as caught:
        await engine.start()
    assert (caught.value.code, caught.value.reason) == ("model_unavailable", "not_found")
    await engine.close()
