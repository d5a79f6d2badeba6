from dataclasses import replace

from bot.render.word_list import masked, without_word_list
from bot.texts.common import BANNED_TOKEN
from engine import DecodingParams, GenerationRequest, Listed, ListedStep
from tests.bot.scripted import ScriptedEngine
from tests.bot.storage.samples import COMPLETION


async def test_neither_the_list_nor_its_words_are_in_what_is_kept():
    params = DecodingParams(bad_words=("mar", "lago"), max_new_tokens=3)
    request = GenerationRequest(prompt="El", params=params, trace_top_n=5)
    completion = await ScriptedEngine().generate(request)
    attempt = completion.attempts[0]
    step = attempt.steps[0]
    removed = tuple(
        replace(c, removed_by="bad_words", final_prob=0.0) if "mar" in c.text else c
        for c in step.candidates
    )
    assert any(c.removed_by for c in removed)
    steps = (replace(step, candidates=removed), *attempt.steps[1:])
    completion = replace(completion, attempts=(replace(attempt, steps=steps),))
    kept = masked(completion)
    assert kept.params.bad_words == ()
    texts = [c.text for c in kept.attempts[0].steps[0].candidates]
    assert "⟨vetada⟩" in texts
    assert not any("mar" in text for text in texts)
    assert kept.attempts[0].steps[1:] == completion.attempts[0].steps[1:]
    assert without_word_list(request).params == replace(params, bad_words=())


async def test_a_completion_without_a_list_is_left_as_it_is():
    completion = await ScriptedEngine().generate(GenerationRequest(prompt="El"))
    assert masked(completion) is completion


def test_a_server_that_knows_of_no_list_shows_no_word_of_it():
    steps = (
        ListedStep(
            text=" dis",
            logprob=-0.7,
            candidates=(
                Listed(text=" dis", prob=0.5, rank=1),
                Listed(text=" Puta", prob=0.3, rank=2),
            ),
        ),
        ListedStep(text="puta", logprob=-0.7, candidates=(Listed(text="puta", prob=0.5, rank=1),)),
        ListedStep(text=" y", logprob=None, candidates=(Listed(text=", puta", prob=0.1, rank=1),)),
    )
    attempt = replace(COMPLETION.attempts[0], steps=(), listed=steps)
    params = replace(COMPLETION.params, bad_words=("puta",))
    (found,) = masked(replace(COMPLETION, params=params, attempts=(attempt,))).attempts
    assert [[one.text for one in step.candidates] for step in found.listed] == [
        [" dis", BANNED_TOKEN],
        ["puta"],
        [BANNED_TOKEN],
    ]
