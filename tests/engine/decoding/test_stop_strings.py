import random
import re
from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.decoding.stop_strings import StopStrings
from engine.runtime.batch.batch import Batch
from engine.runtime.plain import PlainRun
from engine.text import Vocabulary, text_after
from tests.engine import tokenizers
from tests.engine.runtime.batch.stepping import limits, together
from tests.engine.tiny import byte_level_tokenizer, complete, request

QUICKLY = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
STRATEGIES = (
    {},
    {"strategy": "sample", "attempts": 3, "temperature": 1.2},
    {"strategy": "sample_and_rank", "attempts": 3},
    {"strategy": "beam", "num_beams": 3, "attempts": 3},
    {"strategy": "beam_sample", "num_beams": 3, "attempts": 2},
    {
        "strategy": "diverse_beam",
        "num_beams": 4,
        "num_beam_groups": 2,
        "diversity_penalty": 1.0,
        "attempts": 4,
    },
)


def pieces_of(completion, rng):
    """Strings out of an answer's text, of one letter or split over tokens."""
    text = completion.attempts[-1].text
    start = rng.randrange(len(text)) if text else 0
    return text[start : start + rng.randint(1, 6)] or "nunca"


@QUICKLY
@given(seed=st.integers(0, 10**6), strategy=st.integers(0, len(STRATEGIES) - 1))
def test_a_text_ends_before_the_first_string(tiny_model, seed, strategy):
    loaded = tiny_model("llama", spread=0.1)
    rng = random.Random(seed)
    base = {"max_new_tokens": 18, "seed": seed, **STRATEGIES[strategy]}
    stop = (pieces_of(complete(loaded, request(**base)), rng), "\N{UNICORN FACE}")
    completion = complete(loaded, request(stop=stop, **base))
    for attempt in completion.attempts:
        assert stop[0] not in attempt.text
        whole = text_after(loaded.vocabulary, completion.prompt_ids, attempt.token_ids)
        assert (attempt.finish_reason == "stop") == (stop[0] in whole)
        if attempt.finish_reason == "stop":
            assert attempt.text == whole.partition(stop[0])[0]
            before = attempt.token_ids[:-1]
            assert stop[0] not in text_after(loaded.vocabulary, completion.prompt_ids, before)


@QUICKLY
@given(seed=st.integers(0, 10**6))
def test_no_part_of_a_string_is_ever_shown(tiny_model, seed):
    loaded = tiny_model("llama", spread=0.1)
    rng = random.Random(seed)
    base = {"strategy": "sample", "max_new_tokens": 18, "seed": seed}
    stop = pieces_of(complete(loaded, request(**base)), rng)
    run = PlainRun(loaded, request(stop=(stop,), **base))
    shown = [""]
    while not run.is_done:
        run.step()
        shown += [progress.text for progress in run.progress()]
    attempt = run.completion(0.0).attempts[0]
    assert all(attempt.text.startswith(text) for text in shown)
    assert shown[-1] == attempt.text


VOCABULARIES = {
    "byte_level": Vocabulary(byte_level_tokenizer()),
    "gemma": Vocabulary(tokenizers.gemma()),
    "llama": Vocabulary(tokenizers.llama()),
    "gpt1": Vocabulary(tokenizers.gpt1()),
}


def hit_when_decoded_whole(vocabulary, context, tokens, strings):
    """Return after how many tokens the text contains a string: decode everything every time."""
    for length in range(1, len(tokens) + 1):
        text = text_after(vocabulary, context, tokens[:length])
        if any(string in text for string in strings):
            return length
    return None


def hit_when_searched(stops, tokens):
    search = stops.begin()
    for length, token_id in enumerate(tokens, 1):
        branch = search.after(tokens[0])
        search = search.after(token_id)
        if search.is_hit:
            return length
        # Another branch changes nothing of this one.
        branch.after(tokens[-1])
    return None


@settings(max_examples=300, deadline=None)
@given(data=st.data(), kind=st.sampled_from(sorted(VOCABULARIES)))
def test_searching_what_is_new_finds_the_same_as_decoding_everything(data, kind):
    vocabulary = VOCABULARIES[kind]
    size = len(vocabulary.tokenizer)
    # A run of byte pieces is read as a whole, so one that is no UTF-8 can change what came before.
    ids = [i for i in range(size) if kind == "byte_level" or vocabulary.is_whole(i)]
    # Few of them, so that a string comes back at many places, and does not come at once.
    few = data.draw(st.lists(st.sampled_from(ids), min_size=1, max_size=6))
    token = st.sampled_from(few)
    context = data.draw(st.lists(token, min_size=1, max_size=6))
    tokens = data.draw(st.lists(token, min_size=1, max_size=90))
    text = text_after(vocabulary, context, tokens)
    start = data.draw(st.integers(0, len(text)))
    piece = text[start : start + data.draw(st.integers(1, 60))]
    strings = (piece or "nunca", data.draw(st.text(min_size=1, max_size=3)))
    stops = StopStrings(vocabulary, context, strings)
    expected = hit_when_decoded_whole(vocabulary, context, tokens, strings)
    assert hit_when_searched(stops, tokens) == expected


def test_a_long_text_costs_no_more_per_token(tiny_model):
    vocabulary = tiny_model("gpt2").vocabulary
    ids = [i for i in range(len(vocabulary.tokenizer)) if vocabulary.is_whole(i)]
    decoded = []

    class Counting:
        def __getattr__(self, name):
            return getattr(vocabulary, name)

        def decode(self, token_ids):
            decoded.append(len(token_ids))
            return vocabulary.decode(token_ids)

    search = StopStrings(Counting(), ids[:3], ("nunca",)).begin()
    for token_id in random.Random(1).choices(ids, k=600):
        search = search.after(token_id)
        assert not search.is_hit
    assert max(decoded) <= 40
    assert len(decoded) < 2 * 600


def test_what_could_become_a_string_is_held_back(tiny_model):
    stops = StopStrings(tiny_model("gpt2").vocabulary, (5,), ("\n\nUsuario:", "fin", "nada"))
    assert stops.settled("hola\n") == "hola"
    assert stops.settled("hola\n\nUsu") == "hola"
    assert stops.settled("hola\n\nUsy") == "hola\n\nUsy"
    assert stops.settled("al fi") == "al "
    assert stops.settled("al fin\n") == "al "
    assert stops.settled("nana") == "na"
    assert stops.cut("una nada sin fin") == "una "
    assert stops.cut("\n\nUsuario") == "\n\nUsuario"


def test_a_text_that_ends_otherwise_shows_what_was_held_back(tiny_model):
    loaded = tiny_model("llama")
    free = complete(loaded, request(max_new_tokens=6)).attempts[0]
    run = PlainRun(loaded, request(max_new_tokens=6, stop=(free.text + "!",)))
    shown = [""]
    while not run.is_done:
        run.step()
        shown += [progress.text for progress in run.progress()]
    assert shown == ["", free.text]
    attempt = run.completion(0.0).attempts[0]
    assert (attempt.text, attempt.finish_reason) == (free.text, "length")


def test_the_string_counts_only_in_what_is_new(tiny_model):
    loaded = tiny_model("llama")
    free = complete(loaded, request("La vida es ", max_new_tokens=5)).attempts[0]
    stopped = complete(loaded, request("La vida es ", max_new_tokens=5, stop=("vida",))).attempts[0]
    assert "vida" not in free.text
    assert stopped == free


@QUICKLY
@given(seed=st.integers(0, 10**6), is_sampled=st.booleans())
def test_a_resumed_text_stops_where_the_whole_one_does(tiny_model, seed, is_sampled):
    loaded = tiny_model("llama", spread=0.1)
    rng = random.Random(seed)
    base = {"strategy": "sample" if is_sampled else "greedy", "max_new_tokens": 18, "seed": seed}
    stop = (pieces_of(complete(loaded, request(**base)), rng), "nunca")
    whole = complete(loaded, request(stop=stop, **base)).attempts[0]
    for done in range(1, len(whole.token_ids)):
        prefix = whole.token_ids[:done]
        asked = request(stop=stop, prefix_ids=prefix, **{**base, "max_new_tokens": 18 - done})
        run = PlainRun(loaded, asked)
        shown = []
        while not run.is_done:
            run.step()
            shown += [progress.text for progress in run.progress()]
        completion = run.completion(0.0)
        (rest,) = completion.attempts
        assert (rest.token_ids, rest.finish_reason) == (
            whole.token_ids[done:],
            whole.finish_reason,
        )
        # What the prefix shows is shown already, also where it is the beginning of a string.
        assert rest.text == whole.text[len(completion.prefix_text) :]
        assert all(rest.text.startswith(text) for text in shown)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_string_may_begin_in_the_prefix_but_not_in_the_prompt(tiny_model, strategy):
    loaded = tiny_model("llama")
    base = {"max_new_tokens": 9, "seed": 3, **strategy}
    free = complete(loaded, request(**base))
    first = free.attempts[0].text[0]
    begun = complete(loaded, request(stop=(f" {first}",), **base))
    assert begun.attempts[0].token_ids[:2] == free.attempts[0].token_ids[:2]
    space = loaded.tokenizer(" ")["input_ids"]
    resumed = request("La vida es", prefix_ids=tuple(space), **base)
    first = complete(loaded, resumed).attempts[0].text[0]
    params = replace(resumed.params, stop=(f" {first}", "zzz"))
    for attempt in complete(loaded, replace(resumed, params=params)).attempts:
        starts_so = attempt.finish_reason == "stop" and len(attempt.token_ids) == 1
        assert starts_so == (attempt.text == "")
        assert not attempt.text.startswith(first)


def test_a_string_that_is_whole_in_the_prefix_stops_nothing(tiny_model):
    loaded = tiny_model("llama")
    prefix = tuple(loaded.tokenizer("fin")["input_ids"])
    free = complete(loaded, request(prefix_ids=prefix, max_new_tokens=5)).attempts
    assert (
        complete(
            loaded,
            request(prefix_ids=prefix, max_new_tokens=5, stop=("fin", "in", "largo, muy largo")),
        ).attempts
        == free
    )


@pytest.mark.parametrize("family", ["gpt2", "llama"])
@pytest.mark.parametrize("num_beams", [1, 3])
def test_the_ids_equal_transformers(tiny_model, family, num_beams):
    loaded = tiny_model(family, spread=0.1)
    strategy = "beam" if num_beams > 1 else "greedy"
    base = {"strategy": strategy, "num_beams": num_beams, "max_new_tokens": 16}
    text = complete(loaded, request(**base)).attempts[0].text
    # transformers searches token by token, and knows no character that is split over two.
    for stop in re.findall("[ -~]{2,3}", text):
        completion = complete(loaded, request(stop=(stop,), **base))
        ids = torch.tensor([completion.prompt_ids])
        output = loaded.model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            num_beams=num_beams,
            max_new_tokens=16,
            stop_strings=[stop],
            tokenizer=loaded.tokenizer,
            eos_token_id=sorted(loaded.eos_ids),
            pad_token_id=0,
        )
        theirs = output[0, ids.shape[1] :].tolist()
        ours = list(completion.attempts[0].token_ids)
        assert ours == theirs[: len(ours)]
        assert set(theirs[len(ours) :]) <= {0}


def test_alone_and_in_a_batch_they_stop_at_the_same_token(tiny_model):
    loaded = tiny_model("llama", spread=0.1)
    wanted = []
    for number, strategy in enumerate(STRATEGIES):
        base = {"max_new_tokens": 14, "seed": number, **strategy}
        stop = complete(loaded, request(**base)).attempts[0].text[4:7]
        wanted.append(request(stop=(stop,), **base))
    batch = Batch(loaded, limits(rows=32, cells=32 * 64))
    for one, item in zip(together(batch, wanted), wanted, strict=True):
        alone = complete(loaded, item)
        assert [a.token_ids for a in one.attempts] == [a.token_ids for a in alone.attempts]
        assert [a.text for a in one.attempts] == [a.text for a in alone.attempts]
        # A beam that goes on can have beaten the one that stopped.
        is_stopped = "stop" in {a.finish_reason for a in alone.attempts}
        assert is_stopped or item.params.is_beam


def test_an_end_token_comes_before_a_string(tiny_model):
    base = tiny_model("llama")
    free = complete(base, request(max_new_tokens=6)).attempts[0]
    loaded = replace(base, eos_ids=frozenset({free.token_ids[3]}))
    attempt = complete(loaded, request(max_new_tokens=6, stop=(free.text[-1] * 3,))).attempts[0]
    assert attempt.finish_reason == "eos"
