import math
from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import RANGES, DecodingParams, EngineError
from engine.decoding.sampling import throw_die
from engine.explain.decision import choose, read_decisions
from engine.explain.suggestions import Grid, Place, odds, suggest
from engine.explain.values import Moment, WhyNot, WhyNotRequest
from engine.explain.why_not import why_not
from tests.engine.tiny import complete, request

PROMPT = "La vida es un sueño y la vida es"


def ids_of(loaded, text=PROMPT):
    return tuple(loaded.tokenizer(text)["input_ids"])


def ask(loaded, word, *, prompt=PROMPT, chosen=None, seed=0, **params):
    moment = Moment(
        context_ids=ids_of(loaded, prompt),
        params=DecodingParams(**params),
        seed=seed,
        chosen=chosen,
    )
    return why_not(loaded, WhyNotRequest(moment=moment, word=word))


def decide(loaded, prompt=PROMPT, **params):
    params = DecodingParams(**params).resolved()
    with torch.inference_mode():
        ((decision,),) = read_decisions(loaded, params, ids_of(loaded, prompt))
        return decision, decision.scores(params)[0]


def ranked(loaded, *, skip=(), **params):
    """Ids of whole tokens that spell themselves alone, by processed score."""
    _, scores = decide(loaded, **params)
    order = scores.sort(descending=True, stable=True).indices.tolist()
    return [i for i in order if is_word(loaded, i) and i not in skip]


def is_word(loaded, token_id):
    text = loaded.vocabulary.text_of(token_id)
    return (
        loaded.vocabulary.is_whole(token_id)
        and text.strip().isalpha()
        and loaded.tokenizer(text)["input_ids"] == [token_id]
    )


def spelling_of(answer, loaded, token_id):
    text = loaded.vocabulary.text_of(token_id)
    return next(s for s in answer.spellings if s.text == text)


def ask_token(loaded, token_id, **params):
    text = loaded.vocabulary.text_of(token_id)
    answer = ask(loaded, text.strip(), **params)
    spelling = spelling_of(answer, loaded, token_id)
    assert WhyNot.from_dict(answer.to_dict()) == answer
    return spelling


@pytest.fixture(scope="module")
def loaded(tiny_model):
    return tiny_model("gpt2", spread=0.25)


def test_the_chosen_token_was_chosen(loaded):
    params = DecodingParams(strategy="sample")
    _, scores = decide(loaded, strategy="sample")
    seed, out = next(
        (seed, out)
        for seed in range(200)
        if is_word(loaded, out := choose(params, scores[None], throw_die(seed, 0, 0))[0])
    )
    spelling = ask_token(loaded, out, strategy="sample", seed=seed)
    assert (spelling.verdict, spelling.suggestions) == ("chosen", ())
    assert spelling.tokens[0].winner == spelling.tokens[0].token
    assert spelling.tokens[0].interval == pytest.approx(spelling.tokens[0].draw.interval)


def test_greedy_takes_only_the_first_and_sampling_would_let_it_in(loaded):
    second = ranked(loaded)[3]
    spelling = ask_token(loaded, second)
    assert spelling.verdict == "greedy_first"
    assert spelling.odds == 0.0
    (fate,) = spelling.tokens
    suggestion = next(s for s in spelling.suggestions if s.setting == "strategy")
    assert suggestion.value == "sample"
    assert suggestion.odds == pytest.approx(fate.token.raw_prob)
    assert fate.winner.raw_rank == 1
    assert fate.draw is None


def test_greedy_with_a_forgotten_filter_does_not_promise_what_sampling_would_cut(loaded):
    last = ranked(loaded)[-1]
    spelling = ask_token(loaded, last, top_k=1)
    assert "strategy" not in {s.setting for s in spelling.suggestions}


def test_a_token_that_could_come_out_lost_the_draw(loaded):
    _, scores = decide(loaded, strategy="sample", top_k=200)
    for seed in range(3):
        out, _ = choose(DecodingParams(strategy="sample"), scores[None], throw_die(seed, 0, 0))
        other = next(i for i in ranked(loaded) if i != out)
        spelling = ask_token(loaded, other, strategy="sample", top_k=200, seed=seed)
        (fate,) = spelling.tokens
        assert (fate.verdict, fate.winner.token_id) == ("lost_draw", out)
        assert spelling.suggestions == ()
        assert spelling.odds == pytest.approx(fate.token.final_prob, rel=1e-12)
        assert spelling.odds > 0
        assert fate.interval[1] - fate.interval[0] == pytest.approx(fate.token.final_prob)
        assert not fate.interval[0] <= fate.draw.u < fate.interval[1]


def test_the_interval_is_where_the_die_finds_the_token(loaded):
    wanted = {"strategy": "sample", "temperature": 1.3}
    for token_id in ranked(loaded)[:4]:
        (fate,) = ask_token(loaded, token_id, **wanted).tokens
        if fate.verdict == "chosen":
            assert fate.interval == pytest.approx(fate.draw.interval)
        middle = sum(fate.interval) / 2
        _, scores = decide(loaded, **wanted)
        assert choose(DecodingParams(**wanted), scores[None], middle)[0] == token_id


@pytest.mark.parametrize(
    ("params", "setting"),
    [
        ({"top_k": 5}, "top_k"),
        ({"top_p": 0.2}, "top_p"),
        ({"min_p": 0.9}, "min_p"),
        ({"epsilon_cutoff": 0.05}, "epsilon_cutoff"),
    ],
)
def test_a_filter_is_named_and_loosened(loaded, params, setting):
    token_id = ranked(loaded)[20]
    spelling = ask_token(loaded, token_id, strategy="sample", **params)
    (fate,) = spelling.tokens
    assert (fate.verdict, fate.token.removed_by) == ("filter", setting)
    assert setting in {s.setting for s in spelling.suggestions}


def test_top_k_is_raised_to_the_rank(loaded):
    token_id = ranked(loaded)[20]
    spelling = ask_token(loaded, token_id, strategy="sample", top_k=5)
    (suggestion,) = [s for s in spelling.suggestions if s.setting == "top_k"]
    assert suggestion.value == spelling.tokens[0].token.raw_rank
    assert suggestion.notches == suggestion.value - 5


def test_a_repeated_ngram_is_named_and_a_longer_one_lets_it_in(loaded):
    prompt = PROMPT + loaded.vocabulary.text_of(ranked(loaded)[0]) + " y la vida es"
    seen = loaded.vocabulary.text_of(ranked(loaded)[0])
    answer = ask(loaded, seen.strip(), prompt=prompt, strategy="sample", no_repeat_ngram_size=2)
    spelling = spelling_of(answer, loaded, ranked(loaded)[0])
    assert spelling.verdict == "ngram"
    (suggestion,) = [s for s in spelling.suggestions if s.setting == "no_repeat_ngram_size"]
    assert suggestion.value == 0 or suggestion.value > 2


def test_a_banned_word_has_no_way_in(loaded):
    answer = ask(loaded, "nada", strategy="sample", bad_words=("nada",))
    assert any(t.verdict == "banned" for s in answer.spellings for t in s.tokens)
    assert all(s.suggestions == () for s in answer.spellings)


def test_a_pruned_beam_points_to_sampling(loaded):
    token_id = ranked(loaded)[3]
    spelling = ask_token(loaded, token_id, strategy="beam", num_beams=2, chosen=ranked(loaded)[0])
    assert (spelling.verdict, spelling.odds) == ("beam_pruned", None)
    assert [s.setting for s in spelling.suggestions] == ["strategy"]
    assert spelling.tokens[0].winner.token_id == ranked(loaded)[0]


def test_a_penalised_word_is_told_apart(loaded):
    token_id = next(i for i in ids_of(loaded) if is_word(loaded, i))
    rank = ask_token(loaded, token_id).tokens[0].token.raw_rank
    spelling = ask_token(loaded, token_id, strategy="sample", top_k=rank, repetition_penalty=9.0)
    assert spelling.verdict == "penalised"
    assert spelling.tokens[0].is_penalised
    assert spelling.tokens[0].token.removed_by == "top_k"
    assert "repetition_penalty" in {s.setting for s in spelling.suggestions}
    unpenalised = ask_token(loaded, token_id, strategy="sample", top_k=rank)
    assert unpenalised.verdict in ("lost_draw", "chosen")


def test_two_filters_that_both_cut_leave_no_single_setting(loaded):
    last = ranked(loaded)[-1]
    spelling = ask_token(
        loaded, last, strategy="sample", top_k=1, epsilon_cutoff=0.9, min_p=1.0, top_p=0.01
    )
    assert spelling.verdict == "no_single_setting"
    assert spelling.suggestions == ()


def test_a_long_word_is_followed_token_by_token(loaded):
    answer = ask(loaded, "hidalgo", strategy="sample", temperature=1.0)
    for spelling in answer.spellings:
        assert spelling.verdict == "several_tokens"
        ids = [fate.token.token_id for fate in spelling.tokens]
        assert loaded.vocabulary.decode(ids) == spelling.text
        product = 1.0
        for i, fate in enumerate(spelling.tokens):
            row = torch.tensor([[*ids_of(loaded), *ids[:i]]])
            with torch.inference_mode():
                probs = torch.softmax(loaded.model(row).logits[0, -1].double(), -1)
            assert fate.token.raw_prob == pytest.approx(float(probs[ids[i]]), rel=1e-4)
            product *= fate.token.final_prob
        assert spelling.odds == pytest.approx(product)
    assert {s.text for s in answer.spellings} == {"hidalgo", " hidalgo"}


def test_the_die_of_each_token_is_its_own(loaded):
    answer = ask(loaded, "hidalgo", strategy="sample", seed=5)
    spelling = answer.spellings[0]
    assert [f.draw.u for f in spelling.tokens] == [
        throw_die(5, 0, t) for t in range(len(spelling.tokens))
    ]


def test_a_stored_step_is_made_again(loaded):
    wanted = request(
        PROMPT, strategy="sample", top_k=40, attempts=2, max_new_tokens=8, seed=3, trace_top_n=5
    )
    completion = complete(loaded, wanted)
    for step in (0, 5):
        moment = Moment.of(wanted, completion, attempt=1, step=step)
        chosen = completion.attempts[1].steps[step].chosen_candidate
        if not chosen.text.strip():
            continue
        answer = why_not(loaded, WhyNotRequest(moment=moment, word="zz"))
        winner = answer.spellings[0].tokens[0].winner
        assert winner.token_id == chosen.token_id
        assert winner.final_prob == pytest.approx(chosen.final_prob, rel=1e-4)
        draw = answer.spellings[0].tokens[0].draw
        assert draw.u == completion.attempts[1].steps[step].draw.u


@pytest.mark.parametrize("word", ["", "   ", "supercalifragilístico" * 4])
def test_words_that_do_not_fit_are_refused(loaded, word):
    with pytest.raises(EngineError) as error:
        ask(loaded, word)
    assert (error.value.code, error.value.field) == ("invalid_params", "word")


def test_a_context_that_is_full_is_refused(loaded):
    ids = ids_of(loaded) * 10
    moment = Moment(context_ids=ids[: loaded.n_positions], params=DecodingParams())
    with pytest.raises(EngineError) as error:
        why_not(loaded, WhyNotRequest(moment=moment, word="hidalgo"))
    assert error.value.field == "context_ids"


FILTERS = {
    "temperature": st.sampled_from([0.3, 0.8, 1.0, 1.5, 0.83]),
    "top_k": st.integers(1, 60),
    "top_p": st.sampled_from([0.05, 0.5, 0.9, 0.995]),
    "typical_p": st.sampled_from([0.1, 0.5, 0.95]),
    "top_h": st.sampled_from([0.1, 0.5, 0.9]),
    "min_p": st.sampled_from([0.02, 0.3, 1.0]),
    "epsilon_cutoff": st.sampled_from([0.0003, 0.01, 0.2]),
    "eta_cutoff": st.sampled_from([0.0006, 0.02, 0.3]),
    "repetition_penalty": st.sampled_from([1.0, 1.2, 3.0]),
    "no_repeat_ngram_size": st.integers(1, 3),
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_suggestion_lets_the_word_in_and_one_notch_less_does_not(loaded, data):
    names = data.draw(st.sets(st.sampled_from(sorted(FILTERS)), min_size=1, max_size=3))
    chosen = {name: data.draw(FILTERS[name], label=name) for name in sorted(names)}
    strategy = data.draw(st.sampled_from(["sample", "sample", "sample", "greedy"]))
    params = DecodingParams(strategy=strategy, **chosen)
    word = tuple(data.draw(st.lists(st.integers(2, loaded.vocab_size - 1), min_size=1, max_size=2)))
    with torch.inference_mode():
        (decisions,) = read_decisions(loaded, params.resolved(), ids_of(loaded), [word])
        places = [Place(d, i) for d, i in zip(decisions, word, strict=True)]
        now = odds(places, params)
        if now:
            return
        suggestions = suggest(places, params)
        assert [s.notches for s in suggestions] == sorted(s.notches for s in suggestions)
        for suggestion in suggestions:
            changed = replace(params, **{suggestion.setting: suggestion.value})
            assert odds(places, changed) == suggestion.odds > 0
            if suggestion.setting == "strategy":
                continue
            assert odds(places, one_notch_less(params, suggestion)) == 0.0
            is_nearest(places, params, suggestion, loaded.vocab_size)


def one_notch_less(params, suggestion):
    step = RANGES[suggestion.setting].step
    present = getattr(params, suggestion.setting)
    notch = math.copysign(step, present - suggestion.value)
    value = suggestion.value + notch
    if (value - present) * notch > 0:
        value = present
    kind = int if RANGES[suggestion.setting].integer else float
    return replace(params, **{suggestion.setting: kind(round(value, 6))})


def is_nearest(places, params, suggestion, vocab_size):
    """No value on the grid that is nearer lets the word in."""
    grid = Grid.of(params, suggestion.setting, vocab_size)
    present = getattr(params, suggestion.setting)
    if suggestion.notches > 100:
        return
    for index in grid.indices:
        if abs(grid.value(index) - present) < abs(suggestion.value - present) - 1e-9:
            assert odds(places, grid.changed(index)) == 0.0


def test_a_candidate_that_is_too_much_like_the_rest_was_outweighed(loaded):
    settings = {"strategy": "contrastive", "top_k": 8, "penalty_alpha": 0.5}
    _, scores = decide(loaded, **settings)
    alive = set((scores > -torch.inf).nonzero().flatten().tolist())
    token_id = next(i for i in ranked(loaded, **settings) if i in alive)
    chosen = next(i for i in alive if i != token_id)
    spelling = ask_token(loaded, token_id, chosen=chosen, **settings)
    assert (spelling.verdict, spelling.odds) == ("outweighed", None)
    outside = next(i for i in ranked(loaded) if i not in alive)
    removed = ask_token(loaded, outside, chosen=chosen, **settings)
    assert removed.verdict in ("filter", "no_single_setting")
    assert removed.odds == 0.0


def spellings_of(tiny_model, prompt, word="pizza"):
    for seed in range(6):
        loaded = tiny_model("gpt2", spread=0.25, seed=seed)
        yield ask(loaded, word, prompt=prompt).spellings


@pytest.mark.parametrize("end", ["comer", "nin\u0303", "3"])
def test_behind_a_letter_the_spelling_with_a_space_comes_first(tiny_model, end):
    found = list(spellings_of(tiny_model, f"Me gusta {end}"))
    assert {tuple(s.text for s in spellings) for spellings in found} == {(" pizza", "pizza")}
    # Also where the other one is more probable.
    assert any(first.raw_prob < second.raw_prob for first, second in found)


@pytest.mark.parametrize(("end", "word"), [(" ", "pizza"), (":", "pizza"), ("comer", "!")])
def test_elsewhere_the_more_probable_spelling_comes_first(tiny_model, end, word):
    for first, second in spellings_of(tiny_model, f"Me gusta {end}", word):
        assert first.raw_prob >= second.raw_prob


def test_the_rest_of_a_word_cannot_begin_a_text(loaded):
    answer = ask(loaded, "a", prompt="La vid", strategy="sample", whole_word_start=True)
    joined = next(s for s in answer.spellings if s.text == "a")
    (fate,) = joined.tokens
    assert fate.verdict == "filter"
    assert fate.token.removed_by == "whole_word_start"
    (suggestion,) = joined.suggestions
    assert (suggestion.setting, suggestion.value, suggestion.notches) == (
        "whole_word_start",
        False,
        1,
    )
    free = ask(loaded, "a", prompt="La vid", strategy="sample")
    assert suggestion.odds == next(s for s in free.spellings if s.text == "a").odds


def test_a_tag_does_not_come_into_a_plain_text(loaded):
    answer = ask(loaded, "<b>", strategy="sample", plain_text=True)
    fates = [fate.token.removed_by for s in answer.spellings for fate in s.tokens]
    assert "plain_text" in fates
    for spelling in answer.spellings:
        assert [(s.setting, s.value) for s in spelling.suggestions] == [("plain_text", False)]
    both = ask(
        loaded,
        "<b>",
        strategy="sample",
        plain_text=True,
        no_repeat_ngram_size=1,
        prompt="la b < > ",
    )
    assert all(not s.suggestions for s in both.spellings)


def test_a_switch_that_makes_no_difference_is_not_proposed(loaded):
    answer = ask(loaded, "vida", strategy="sample", top_k=1, plain_text=True)
    assert all(s.setting != "plain_text" for a in answer.spellings for s in a.suggestions)
