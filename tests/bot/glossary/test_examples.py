"""The examples of the glossary: their numbers are the model's, checked against torch."""

import math
import re
from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simcord.components import walk_components

from bot.features.help.glossary_texts import MENUS, OF_FAMILIES, TERMS
from bot.features.help.panel import example_text, help_panel
from bot.glossary import texts
from bot.glossary.asking import Asker, best, logprob, surprise_bits
from bot.glossary.before import relative_logits, softmax_of
from bot.glossary.examples import EXAMPLES, MOST_AT_ONCE, Examples
from bot.glossary.formula_chart import formula_alt, formula_chart
from bot.glossary.measures import perplexity_of
from bot.render.alt import ALT_LIMIT
from bot.render.markdown import V2_TEXT_LIMIT, fits, length
from engine import EngineError
from engine.runtime.backend import PlainBackend
from engine.runtime.local import LocalEngine
from tests.bot.render.letters import letters, too_small
from tests.bot.scripted import ScriptedEngine
from tests.engine.runtime.fakes import TinyStore

PERCENT = re.compile(r"(\d+(?:,\d+)?)\u00a0%")


@pytest.fixture
async def asker(tiny_model):
    loaded = tiny_model("gpt2", spread=0.15)
    engine = LocalEngine(store=TinyStore(loaded), backend=PlainBackend())
    await engine.start()
    yield Asker(engine=engine, info=engine.models()[0], user_id=1, bad_words=())
    await engine.close()


@pytest.fixture
def logits_after(tiny_model):
    """Return the model's own logits after a text."""
    loaded = tiny_model("gpt2", spread=0.15)

    def logits_after(text):
        ids = loaded.tokenizer(text, return_tensors="pt").input_ids
        with torch.inference_mode():
            return loaded.model(ids).logits[0, -1].float()

    return logits_after


def shares(panel):
    return [bar.share for bar in panel.bars]


def test_every_term_has_an_example_and_a_menu():
    assert set(EXAMPLES) == set(TERMS) - OF_FAMILIES
    listed = [term for terms in MENUS.values() for term in terms]
    assert sorted(listed) == sorted(TERMS)


@pytest.mark.parametrize("term", EXAMPLES)
async def test_every_example_is_computed_and_fits(asker, term):
    example = await EXAMPLES[term](asker)
    assert 20 < length(example.text) < 1200
    assert "{" not in example.text
    assert "nan" not in example.text
    live = example_text(replace(asker.info, display_name="m" * 300), example)
    view = help_panel(term, 30, "x" * 300, live)
    found = list(walk_components(view.to_components()))
    assert length("".join(c["content"] for c in found if c["type"] == 10)) <= V2_TEXT_LIMIT
    assert view.total_children_count <= 40
    assert all(1 <= len(c["options"]) <= 25 for c in found if c["type"] == 3)
    if example.chart is not None:
        with letters() as seen:
            picture = formula_chart(example.chart)
        assert too_small(seen) == []
        assert len(picture) < 100_000
        assert fits(formula_alt(example.chart), ALT_LIMIT)


async def test_the_softmax_is_that_of_the_models_own_logits(asker, logits_after):
    chart = (await EXAMPLES["softmax"](asker)).chart
    logits = logits_after(texts.PROMPT)
    values = logits.topk(3).values
    (panel,) = chart.panels
    assert shares(panel) == pytest.approx(torch.softmax(values, -1).tolist(), abs=1e-5)
    step = await asker.step(texts.PROMPT, texts.NEXT)
    expected = (values - values[0]).tolist()
    assert relative_logits(step) == pytest.approx(expected, abs=1e-4)
    for number in relative_logits(step):
        assert (
            f"e^{{{number:.2f}}}".replace(".", "{,}").replace("-0{,}00", "0{,}00")
            in (chart.filled[0])
        )


@pytest.mark.parametrize(("place", "temperature"), [(0, 0.5), (1, 1.0), (2, 2.0)])
async def test_each_temperature_reshapes_as_torch_does(asker, logits_after, place, temperature):
    chart = (await EXAMPLES["temperatura"](asker)).chart
    logits = logits_after(texts.PROMPT)
    expected = torch.softmax(logits / temperature, -1)[logits.topk(3).indices]
    assert shares(chart.panels[place]) == pytest.approx(expected.tolist(), abs=1e-5)
    assert chart.panels[place].title.endswith(f"{temperature:g}".replace(".", ","))


@pytest.mark.parametrize("term", ["top-k", "top-p", "min-p"])
async def test_a_cut_takes_what_the_picture_hatches(asker, logits_after, term):
    example = await EXAMPLES[term](asker)
    raw, final = example.chart.panels
    probs = torch.softmax(logits_after(texts.PROMPT), -1).sort(descending=True).values
    kept = {
        "top-k": 3,
        "top-p": int((probs.cumsum(-1) < 0.5).sum()) + 1,
        "min-p": int((probs >= 0.2 * probs[0]).sum()),
    }[term]
    assert [bar.is_removed for bar in raw.bars] == [rank >= kept for rank in range(6)]
    assert shares(raw) == pytest.approx(probs[:6].tolist(), abs=1e-5)
    expected = (probs[:kept] / probs[:kept].sum())[:6]
    assert shares(final) == pytest.approx(expected.tolist(), abs=1e-4)
    assert re.search(rf"deja {kept} tokens? y quita {len(probs) - kept}\b", example.text)


async def test_entropy_surprise_and_perplexity_are_torchs(asker, logits_after, tiny_model):
    logprobs = torch.log_softmax(logits_after(texts.PROMPT), -1)
    bits = float(-(logprobs.exp() * logprobs).sum() / math.log(2))
    example = await EXAMPLES["entropia"](asker)
    assert f"{bits:.2f}".rstrip("0").replace(".", ",") + " bits" in example.text
    step = await asker.step(texts.PROMPT, texts.NEXT)
    top = best(step)[0]
    assert surprise_bits(top.raw_prob) == pytest.approx(-float(logprobs.max()) / math.log(2))
    steps = await asker.steps(texts.LONG_PROMPT, texts.LONG_END)
    loaded = tiny_model("gpt2", spread=0.15)
    ids = loaded.tokenizer(texts.LONG_PROMPT + texts.LONG_END, return_tensors="pt").input_ids
    labels = ids.clone()
    labels[:, : ids.shape[1] - len(steps)] = -100
    with torch.inference_mode():
        loss = float(loaded.model(ids, labels=labels).loss)
    assert perplexity_of(steps) == pytest.approx(math.exp(loss), rel=1e-4)
    assert sum(map(logprob, steps)) == pytest.approx(-loss * len(steps), rel=1e-4)


async def test_attention_is_a_row_of_the_last_layer(asker, tiny_model):
    chart = (await EXAMPLES["atencion"](asker)).chart
    assert sum(shares(chart.panels[0])) <= 1 + 1e-6
    done = await asker.write(texts.LONG_PROMPT, 1)
    row = (await asker.attention(done.prompt_ids)).maps[-1].weights[-1]
    assert shares(chart.panels[0]) == list(row[-5:])
    assert sum(row) == pytest.approx(1.0, abs=1e-5)


async def test_the_penalty_and_the_pair_are_the_traces(asker):
    chosen = (
        await asker.step(
            texts.REPEATED_PROMPT, texts.REPEATED_NEXT, strategy="sample", repetition_penalty=1.5
        )
    ).chosen_candidate
    raw, final = (await EXAMPLES["penalizacion-por-repeticion"](asker)).chart.panels
    assert (raw.bars[0].share, final.bars[0].share) == (chosen.raw_prob, chosen.final_prob)
    forbidden = (
        await asker.step(texts.PAIR_PROMPT, texts.PAIR_NEXT, no_repeat_ngram_size=2)
    ).chosen_candidate
    text = (await EXAMPLES["n-grama"](asker)).text
    assert ("queda en el 0 %" in text) is (forbidden.removed_by == "no_repeat_ngram_size")


async def test_the_contrast_picks_the_best_score(asker):
    done = await asker.write(texts.PROMPT, 1, strategy="contrastive", penalty_alpha=0.6, top_k=4)
    (step,) = done.attempts[0].steps
    winner = max(step.contrast, key=lambda item: item.score)
    assert winner.token_id == step.chosen
    example = await EXAMPLES["busqueda-contrastiva"](asker)
    assert len(example.chart.filled) == 4
    for item, line in zip(step.contrast, example.chart.filled, strict=True):
        numbers = [float(n.replace("{,}", ".")) for n in re.findall(r"-?\d+\{,\}\d+", line)]
        keep, confidence, weigh, penalty, score = (abs(n) for n in numbers)
        assert keep * confidence - weigh * penalty == pytest.approx(item.score, abs=2e-3)
        assert score == pytest.approx(abs(item.score), abs=1e-3)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=5))
def test_the_softmax_of_a_few_is_torchs(numbers):
    expected = torch.softmax(torch.tensor(numbers, dtype=torch.float64), -1).tolist()
    assert softmax_of(numbers) == pytest.approx(expected, abs=1e-12)


async def test_an_example_is_asked_for_once():
    engine = ScriptedEngine()
    examples, info = Examples(engine, ("puta",)), engine.models()[0]
    assert examples.known(info, "greedy") is None
    first = await examples.compute(info, "greedy", 5)
    assert examples.known(info, "greedy") is first
    assert examples.known(replace(info, revision="otra"), "greedy") is None
    (request,) = engine.requests
    assert (request.user_id, request.model, request.params.bad_words) == (5, "guion", ("puta",))
    assert request.deadline_s is not None


async def test_an_example_waits_for_its_place_in_the_queue():
    engine = ScriptedEngine()
    full = replace(engine.stats(), queued=64, running=1)
    examples, info = Examples(engine, ()), engine.models()[0]
    engine.stats = lambda: full
    with pytest.raises(EngineError, match="queue_full"):
        await examples.compute(info, "softmax", 1)
    assert engine.scored == []


async def test_a_lesson_does_not_fill_the_queue():
    engine = ScriptedEngine()
    examples, info = Examples(engine, ()), engine.models()[0]
    examples._running = MOST_AT_ONCE
    with pytest.raises(EngineError, match="queue_full"):
        await examples.compute(info, "greedy", 1)
    engine.error = EngineError("invalid_logits")
    examples._running = 0
    for _ in range(2 * MOST_AT_ONCE):
        with pytest.raises(EngineError, match="invalid_logits"):
            await examples.compute(info, "greedy", 1)
    engine.error = None
    assert await examples.compute(info, "greedy", 1)


HOSTILE = st.sampled_from(["@everyone", "<@1>", "**", "```", "\n# x", "🦄", "a" * 200, "$x^2$", ""])


@pytest.mark.parametrize("term", ["greedy", "muestreo", "beam-search", "semilla"])
@given(text=st.lists(HOSTILE, max_size=4).map("".join))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
async def test_what_a_model_writes_stays_inert(term, text):
    engine = ScriptedEngine()
    engine.text = text
    example = await Examples(engine, ()).compute(engine.models()[0], term, 1)
    assert "@everyone" not in example.text
    assert "<@1>" not in example.text
    assert "```" not in example.text
    assert "\n" not in example.text
    assert length(example.text) < 1200
