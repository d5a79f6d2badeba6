"""The cells about the unicorns, log-probabilities and beams against transformers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.features.lesson.cells import cell_of
from bot.features.lesson.cells.beams import _against_greedy, repeated_pairs
from bot.features.lesson.cells.unicorns import logprob_rows
from bot.render.numbers import fixed
from engine.explain import measure
from engine.notebook import facts
from tests.bot.features.lesson.cells.labs import build, executed, reference, run_cells
from tests.bot.lesson import STEP, view_of

TEXT = "En un lugar de la Mancha "
KEYS = ("unicorns", "logprob", "beam", "beam_ngram")
OPTIONS = {
    "unicorns": {"num_beams": 1},
    "logprob": {"num_beams": 1},
    "beam": {"num_beams": 5},
    "beam_ngram": {"num_beams": 5, "no_repeat_ngram_size": 2},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("searching")
    build(path, adds_bos=True)
    return path


@pytest.fixture(scope="module")
def theirs(folder):
    return reference(folder)


@pytest.fixture(scope="module")
def found(folder):
    return run_cells(*KEYS, models=[str(folder)], text=TEXT)


@pytest.fixture(scope="module")
def written(theirs):
    options = {"max_length": facts.MAX_LENGTH, "do_sample": False}
    return {key: theirs.generate(TEXT, **options, **more) for key, more in OPTIONS.items()}


@pytest.mark.parametrize("key", KEYS)
def test_the_texts_are_those_of_transformers(key, found, written):
    out, seen = written[key]
    assert out[0, seen:].tolist() == list(found[key].traces[0].completion.attempts[0].token_ids)


def test_max_length_counts_the_prompt(found, written, folder):
    out, seen = written["unicorns"]
    text = found["unicorns"].text
    assert f"los {seen} tokens del principio: nuevos son {out.shape[1] - seen}" in text
    (row,) = run_cells("unicorns", models=[str(folder)])["unicorns"].rows
    assert (row.notebook, row.ours) == ("128", "128 ✔")


def test_a_loop_is_named(found):
    attempt = found["unicorns"].traces[0].completion.attempts[0]
    is_loop = measure(found["unicorns"].traces[0].completion).loop is not None
    assert ("Se repite" in found["unicorns"].text) == is_loop
    assert attempt.finish_reason in {"length", "eos"}


@pytest.mark.parametrize("key", KEYS)
def test_sums_are_right_and_as_in_the_notebook(key, found, written, theirs):
    out, seen = written[key]
    logprobs = theirs.logprobs(out)
    right, notebook = (float(logprobs[start:].sum()) for start in (seen - 1, seen))
    measures = measure(found[key].traces[0].completion)
    assert measures.logprob == pytest.approx(right, abs=1e-2)
    assert measures.notebook_logprob == pytest.approx(notebook, abs=1e-2)
    name = {"beam": "beam", "beam_ngram": "beam_ngram"}.get(key, "greedy")
    shifted, whole = logprob_rows(measures, name)
    assert shifted.notebook == fixed(facts.written(name).logprob, 2)
    assert shifted.ours == fixed(measures.notebook_logprob, 2)
    assert (whole.notebook, whole.ours) == (None, fixed(measures.logprob, 2))


def test_transition_scores_of_transformers_sum_to_the_same(found, theirs):
    out = theirs.model.generate(
        theirs.ids(TEXT),
        max_length=facts.MAX_LENGTH,
        do_sample=False,
        output_scores=True,
        return_dict_in_generate=True,
        pad_token_id=0,
    )
    scores = theirs.model.compute_transition_scores(
        out.sequences, out.scores, normalize_logits=True
    )
    total = float(scores.sum())
    assert measure(found["logprob"].traces[0].completion).logprob == pytest.approx(total, abs=1e-2)


def test_the_cell_says_both_sums(found, theirs, written):
    measures = measure(found["logprob"].traces[0].completion)
    text = found["logprob"].text
    assert text.startswith(f"**Log-prob {fixed(measures.logprob, 2)}**")
    assert f"Como en el cuaderno, {fixed(measures.notebook_logprob, 2)}" in text
    first = measures.logprob - measures.notebook_logprob
    assert f"vale {fixed(first, 2)}." in text
    out, seen = written["logprob"]
    code = cell_of("logprob").code
    names = {"model": theirs.model, "x": out, "n": seen}
    assert float(executed(code, **names)) == pytest.approx(measures.logprob, abs=1e-2)
    shifted = executed(code.replace("n-1:", "n:"), **names)
    assert float(shifted) == pytest.approx(measures.notebook_logprob, abs=1e-2)


def test_beams_are_compared_with_greedy_and_drawn(found):
    beam, greedy = (measure(trace.completion).logprob for trace in found["beam"].traces)
    assert found["beam"].text.startswith(_against_greedy(beam, greedy))
    assert ("**Más probable" in found["beam"].text) == (beam > greedy + 0.005)
    assert found["beam"].picture.data.startswith(b"\x89PNG")
    assert "pasos 1–3" in found["beam"].picture.alt


def test_both_ends_of_the_comparison_with_greedy():
    assert "**Más probable" in _against_greedy(-3.0, -4.0)
    assert "**Menos probable" in _against_greedy(-4.0, -3.0)
    assert "**Lo mismo" in _against_greedy(-3.0, -3.001)


def test_no_pair_comes_twice_and_its_cost_is_told(found):
    without, free = (trace.completion for trace in found["beam_ngram"].traces)
    assert repeated_pairs(without) == 0
    assert "con ella, ninguna.**" in found["beam_ngram"].text
    cost = measure(free).logprob - measure(without).logprob
    if cost > 0.005:
        assert f"Cuesta {fixed(cost, 2)} de log-prob" in found["beam_ngram"].text


@given(st.lists(st.integers(0, 3), min_size=1, max_size=9), st.lists(st.integers(0, 3)))
def test_repeated_pairs_are_those_of_a_slow_count(prompt, new):
    view = view_of(STEP, prompt_ids=tuple(prompt))
    attempt = view.completion.attempts[0]
    done = view.completion.__class__(
        **{
            **vars(view.completion),
            "attempts": (attempt.__class__(**{**vars(attempt), "token_ids": tuple(new)}),),
        }
    )
    ids = [*prompt, *new]
    slow = sum(
        ids[i - 1 : i + 1] in [ids[j : j + 2] for j in range(i - 1)]
        for i in range(len(prompt), len(ids))
    )
    assert repeated_pairs(done) == slow


@pytest.mark.parametrize("key", KEYS[2:])
def test_the_code_that_is_shown_writes_the_same(key, theirs, written):
    out = executed(cell_of(key).code, model=theirs.model, ids=theirs.ids(TEXT))
    assert out.tolist() == written[key][0].tolist()


def test_why_the_numbers_differ(folder):
    result = run_cells("logprob", models=[str(folder)])["logprob"]
    assert "que es otro modelo" in result.why
    assert "no se conoce palabra por palabra" in result.why
