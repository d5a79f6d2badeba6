"""A program that ends with its function, whoever writes it and however it is resumed."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.decoding.function_end import FunctionEnd
from engine.decoding.stop_strings import StopStrings
from engine.decoding.text_end import FirstEnd
from engine.functions import without_rest
from engine.runtime.batch.batch import Batch
from engine.runtime.plain import PlainRun
from engine.text import Vocabulary, text_after
from tests.engine.runtime.batch.stepping import limits, together
from tests.engine.tiny import byte_level_tokenizer, complete, request

PROMPTS = ("def f(x): y\n", "def f(x): y\n  z", "function f(x) {\n", "# suma\n")
QUICKLY = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
STRATEGIES = (
    {},
    {"strategy": "sample", "attempts": 3, "temperature": 1.2},
    {"strategy": "sample_and_rank", "attempts": 3},
    {"strategy": "beam", "num_beams": 3, "attempts": 3},
)


@QUICKLY
@given(
    seed=st.integers(0, 10**6),
    prompt=st.sampled_from(PROMPTS),
    strategy=st.sampled_from(STRATEGIES),
)
def test_a_text_ends_with_its_function(tiny_model, seed, prompt, strategy):
    loaded = tiny_model("gpt2", spread=0.05)
    base = {"max_new_tokens": 20, "seed": seed, **strategy}
    completion = complete(loaded, request(prompt, ends_with="function", **base))
    assert completion.ends_with == "function"
    for attempt in completion.attempts:
        context, ids = completion.prompt_ids, attempt.token_ids
        before = loaded.vocabulary.decode(context)
        whole = text_after(loaded.vocabulary, context, ids)
        assert attempt.text == without_rest(before, whole)
        shorter = text_after(loaded.vocabulary, context, ids[:-1])
        assert without_rest(before, shorter) == shorter
        if attempt.finish_reason != "function":
            assert attempt.text == whole


WRITTEN = "    return x\n\nprint(1) }\n\ndef g():\n  y\nz"


def test_each_sign_is_read_once_whatever_the_tokens():
    vocabulary = Vocabulary(byte_level_tokenizer())
    ids = vocabulary.tokenizer
    context = ids("def f(x):\n")["input_ids"]
    end = FunctionEnd(vocabulary, context)
    search, reasons = end.begin(), []
    for token in ids(WRITTEN)["input_ids"]:
        search.after(context[0])
        search = search.after(token)
        reasons.append(search.reason)
    first = reasons.index("function")
    written = vocabulary.decode(ids(WRITTEN)["input_ids"][: first + 1])
    assert written.strip().endswith("p")
    assert reasons[:first] == [None] * first
    assert end.cut(WRITTEN) == "    return x"
    assert end.settled("    return x\n\n") == "    return x"


def test_the_first_of_two_ends_counts():
    vocabulary = Vocabulary(byte_level_tokenizer())
    context = vocabulary.tokenizer("def f(x):\n")["input_ids"]
    function = FunctionEnd(vocabulary, context)
    for stop, cut, reason in (("tur", "    re", "stop"), ("print(1)", "    return x", "function")):
        both = FirstEnd([StopStrings(vocabulary, context, (stop,)), function])
        assert both.cut(WRITTEN) == both.settled(WRITTEN) == cut
        search = both.begin()
        for token in vocabulary.tokenizer(WRITTEN)["input_ids"]:
            search = search.after(token)
            if search.reason:
                break
        assert search.reason == reason


@QUICKLY
@given(seed=st.integers(0, 10**6), prompt=st.sampled_from(PROMPTS))
def test_a_resumed_text_ends_where_the_whole_one_does(tiny_model, seed, prompt):
    # Where all tokens are nearly as probable, rounding changes their order.
    loaded = tiny_model("gpt2", spread=1.0)
    base = {"strategy": "sample", "seed": seed, "ends_with": "function"}
    whole = complete(loaded, request(prompt, max_new_tokens=16, **base)).attempts[0]
    for done in range(1, len(whole.token_ids), 3):
        asked = request(prompt, prefix_ids=whole.token_ids[:done], max_new_tokens=16 - done, **base)
        run = PlainRun(loaded, asked)
        shown = []
        while not run.is_done:
            run.step()
            shown += [progress.text for progress in run.progress()]
        (rest,) = run.completion(0.0).attempts
        assert (rest.token_ids, rest.finish_reason) == (
            whole.token_ids[done:],
            whole.finish_reason,
        )
        assert all(rest.text.startswith(text) for text in shown)


def test_what_follows_an_ended_function_goes_on_to_the_next_end():
    vocabulary = Vocabulary(byte_level_tokenizer())
    ids = vocabulary.tokenizer("def f():\n  x\ndef g")["input_ids"]
    prefix = len(ids) - len(vocabulary.tokenizer("def f():\n")["input_ids"])
    assert FunctionEnd(vocabulary, ids, prefix).cut("():\n  y\nz") == "():\n  y"


def test_a_batch_ends_them_too(tiny_model):
    loaded = tiny_model("gpt2", spread=1.0)
    asked = [
        request(prompt, strategy="sample", max_new_tokens=20, seed=seed, ends_with="function")
        for prompt in PROMPTS
        for seed in range(3)
    ]
    alone = [complete(loaded, one) for one in asked]
    assert any(done.attempts[0].finish_reason == "function" for done in alone)
    ran = together(Batch(loaded, limits()), asked)
    for together_, by_itself in zip(ran, alone, strict=True):
        (one,), (other,) = together_.attempts, by_itself.attempts
        assert (one.token_ids, one.text) == (other.token_ids, other.text)
        assert one.finish_reason == other.finish_reason
