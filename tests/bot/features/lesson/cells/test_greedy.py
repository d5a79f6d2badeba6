"""The cells about greedy search against transformers."""

import pytest

from bot.features.lesson.cells import cell_of, greedy
from bot.render.numbers import fixed
from bot.render.tokens import glyphs
from engine import DecodingParams
from engine.explain import recipe
from engine.notebook import facts
from tests.bot.features.lesson.cells.labs import build, executed, reference, run_cells

KEYS = ("greedy_by_hand", "greedy")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("greedy")
    build(path)
    return path


@pytest.fixture(scope="module")
def theirs(folder):
    return reference(folder)


@pytest.fixture(scope="module")
def found(folder):
    return run_cells(*KEYS, models=[str(folder)])


@pytest.fixture(scope="module")
def new_ids(theirs):
    out, seen = theirs.generate(facts.LOVE_PROMPT, max_new_tokens=12, do_sample=False)
    return out[0, seen:].tolist()


def test_both_ways_write_the_ids_of_transformers(found, new_ids):
    for key in KEYS:
        (trace,) = found[key].traces
        assert list(trace.completion.attempts[0].token_ids) == new_ids
    text = found["greedy"].text
    assert text.startswith(f"✔ **Los {len(new_ids)} ids son los mismos**")
    assert "ids: " + " ".join(map(str, new_ids)) in text


def test_the_recipe_claims_the_same_ids(found, new_ids):
    (trace,) = found["greedy"].traces
    script = recipe(trace.request, trace.completion)
    assert f"[{new_ids}]" in " ".join(script.split()).replace("[ ", "[")


def test_the_table_has_the_five_best_of_each_step(theirs, folder, monkeypatch):
    drawn = []
    monkeypatch.setattr(greedy, "choices_chart", lambda rows: drawn.append(rows) or b"")
    result = run_cells("greedy_by_hand", models=[str(folder)])["greedy_by_hand"]
    (rows,) = drawn
    out, seen = theirs.generate(facts.LOVE_PROMPT, max_new_tokens=12, do_sample=False)
    for step, row in enumerate(rows):
        prompt_ids = out[:, : seen + step]
        probs = theirs.model(prompt_ids).logits[0, -1].softmax(-1)
        best = probs.topk(5)
        assert [o.raw for o in row.options] == pytest.approx(best.values.tolist(), abs=1e-5)
        assert row.options[0].is_chosen
        assert int(best.indices[0]) == out[0, seen + step]
    assert result.picture.name.endswith(".png")
    assert "paso" in result.picture.alt


def test_the_notebooks_first_choices_stand_beside_ours(found, theirs):
    result = found["greedy_by_hand"]
    assert [row.notebook for row in result.rows] == ["Ésta", "es", "la", "historia"]
    first = theirs.tokenizer.decode(theirs.next_probs(facts.LOVE_PROMPT).argmax())
    assert result.rows[0].ours == glyphs(first.strip(" "))
    assert "que es otro modelo" in result.why


def test_where_a_token_is_the_notebooks_its_probability_is_compared_too(found, monkeypatch):
    steps = found["greedy_by_hand"].traces[0].completion.attempts[0].steps
    own = steps[0].chosen_candidate
    token = glyphs(own.text.strip(" "))
    known = facts.FirstChoice(token=token, percent=round(100 * own.raw_prob, 2))
    monkeypatch.setattr(facts, "FIRST_CHOICES", (known,))
    rows = greedy._first_choices(steps)
    assert [row.what for row in rows] == ["paso 1", "en %"]
    assert rows[0].ours == f"{token} ✔"
    assert rows[1].ours == f"{fixed(100 * own.raw_prob, 2)} ✔"


def test_a_difference_is_told_with_its_place(folder, monkeypatch):
    by_hand = greedy.by_hand

    async def wrong(*args):
        steps, ending = await by_hand(*args)
        other = next(step for step in steps if step.chosen != steps[5].chosen)
        return (*steps[:5], other, *steps[6:]), ending

    monkeypatch.setattr(greedy, "by_hand", wrong)
    result = run_cells("greedy", models=[str(folder)], text="Toda la vida es sueño")["greedy"]
    assert result.text.startswith("✘")
    assert "en el token 6" in result.text


def test_the_code_that_is_shown_takes_the_same_token(theirs, new_ids):
    ids = theirs.ids(facts.LOVE_PROMPT)
    by_hand = executed(cell_of("greedy_by_hand").code, model=theirs.model, ids=ids)
    assert by_hand[0, -1] == new_ids[0]
    out = executed(cell_of("greedy").code, model=theirs.model, ids=ids)
    assert out[0, ids.shape[1] :].tolist() == new_ids


def test_progress_is_told_and_a_text_of_ones_own_is_written(folder):
    reports = []
    result = run_cells(
        "greedy_by_hand", models=[str(folder)], text="Caminante, no hay", reports=reports
    )["greedy_by_hand"]
    assert reports[-1][1] == 12
    assert [done for done, _ in reports] == list(range(1, len(reports) + 1))
    assert result.rows == ()
    assert result.why is None
    assert result.traces[0].request.prompt == "Caminante, no hay"
    assert "espacio" not in result.text


def test_banned_words_are_neither_taken_nor_shown(folder, theirs):
    first = theirs.tokenizer.decode(theirs.next_probs(facts.LOVE_PROMPT).argmax()).strip()
    if not first.isalpha():
        first = "vida"
    result = run_cells("greedy", models=[str(folder)], blocked_words=(first,))["greedy"]
    assert result.text.startswith("✔")
    assert result.traces[0].request.params.bad_words == (first,)
    assert result.traces[0].request.params.resolved().strategy == DecodingParams().strategy
