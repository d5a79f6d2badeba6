"""Exactly one verdict for every step, and the right one for each strategy."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bot.features.explorer.step.labels import Labels
from bot.features.explorer.step.sentence import heading, verdict_text, why
from bot.features.explorer.step.verdict import SURE, Verdict, decision_of
from bot.messages.place import step_view
from engine import STRATEGIES, Candidate, Contrast, DecodingParams, Draw, Rest, Stage, Step
from tests.bot.any_reply import replies
from tests.bot.explorer_screens import plain
from tests.bot.lesson import view_of

SAMPLE = DecodingParams(strategy="sample", top_p=0.9)
GREEDY = DecodingParams()
BEAM = DecodingParams(strategy="beam", num_beams=3)
WORDS = (" carne", " pescado", " todo", " la", " pizza")


def candidate(i: int, raw: float, final: float | None = None, by: str | None = None) -> Candidate:
    return Candidate(
        token_id=i,
        text=WORDS[i],
        raw_prob=raw,
        raw_rank=i + 1,
        final_prob=raw if final is None else final,
        removed_by=by,
    )


def decided(
    *candidates: Candidate,
    chosen: int = 0,
    is_drawn: bool = True,
    stages: tuple[Stage, ...] = (),
    **fields: object,
) -> Step:
    """Return a step whose die fell where the chosen one's stretch says."""
    ranked = sorted(candidates, key=lambda c: (-c.final_prob, c.token_id))
    before = [c.final_prob for c in ranked[: [c.token_id for c in ranked].index(chosen)]]
    low, share = sum(before), next(c.final_prob for c in candidates if c.token_id == chosen)
    return Step(
        chosen=chosen,
        entropy_bits=2.0,
        surprisal_bits=2.0,
        final_entropy_bits=2.0,
        draw=Draw(u=low, low=low, high=low + share) if is_drawn else None,
        candidates=candidates,
        stages=stages,
        rest=Rest(count=100, raw_mass=0.1, final_mass=0.1),
        **fields,
    )


CLEAR = (candidate(0, 0.5), candidate(1, 0.2), candidate(2, 0.1))
CLOSE = (candidate(0, 0.31), candidate(1, 0.3), candidate(2, 0.1))
CUT = (candidate(0, 0.5, 0.0, "typical_p"), candidate(1, 0.2, 0.6), candidate(2, 0.1, 0.3))
LOWERED = (candidate(0, 0.5, 0.1), candidate(1, 0.2, 0.6), candidate(2, 0.1, 0.3))
ALONE = (candidate(0, 0.995), candidate(1, 0.002))
LEFT_ALONE = (candidate(0, 0.5, 1.0), candidate(1, 0.2, 0.0, "top_k"))
ONE = Stage(
    name="top_k", kind="cut", tokens_kept=1, tokens_removed=1, mass_kept=0.5, mass_removed=0.5,
    raw_mass=0.5,
)  # fmt: skip
PENALTY = Stage(
    name="repetition_penalty", kind="reshape", tokens_kept=100, tokens_removed=0, mass_kept=1.0,
    mass_removed=0.0, raw_mass=1.0,
)  # fmt: skip
TERMS = tuple(
    Contrast(token_id=i, text=WORDS[i], confidence=0.5, penalty=0.1, nearest=0, score=0.1)
    for i in (0, 1)
)


@pytest.mark.parametrize(
    ("step", "params", "verdict", "said"),
    [
        (
            decided(*CLEAR, chosen=1), SAMPLE, Verdict.LUCK,
            "«pescado» salió por suerte\nEl modelo prefería **carne** (50 de cada 100). "
            "**pescado** sale 20 de cada 100, y el dado cayó ahí.",
        ),
        (
            decided(*CLEAR), SAMPLE, Verdict.FAVOURITE,
            "«carne» era la favorita\nEl modelo la prefería: sale 50 de cada 100. La siguiente, "
            "**pescado**, 20 de cada 100.",
        ),
        (
            decided(*CLEAR, is_drawn=False), GREEDY, Verdict.FAVOURITE,
            "«carne» era la favorita\nEl modelo la prefería: tenía 50 de cada 100. La siguiente, "
            "**pescado**, 20 de cada 100. Greedy toma siempre la primera.",
        ),
        (
            decided(*CLOSE, chosen=1), SAMPLE, Verdict.TIE,
            "Casi un empate entre «carne» y «pescado»\n**carne** sale 31 de cada 100 y "
            "**pescado**, 30 de cada 100. El dado eligió.",
        ),
        (
            decided(*CLOSE, is_drawn=False), GREEDY, Verdict.TIE,
            "Casi un empate entre «carne» y «pescado»\n**carne** tenía 31 de cada 100 y "
            "**pescado**, 30 de cada 100. Greedy toma siempre la primera.",
        ),
        (
            decided(*ALONE), SAMPLE, Verdict.SURE,
            "No había otra que «carne»\nEl modelo estaba seguro: **carne** sale casi siempre.",
        ),
        (
            decided(*ALONE, is_drawn=False), BEAM, Verdict.SURE,
            "No había otra que «carne»\nEl modelo estaba seguro: **carne** sale casi siempre.",
        ),
        (
            decided(*LEFT_ALONE, stages=(ONE,)), replace(SAMPLE, top_k=1), Verdict.SURE,
            "No había otra que «carne»\nTop-k 1 no dejó ninguna otra: **carne** sale siempre.",
        ),
        (
            decided(*CUT, chosen=1), replace(SAMPLE, typical_p=0.2), Verdict.FILTER,
            "«pescado» ganó porque un filtro quitó a la favorita\nLa favorita era **carne**, pero "
            "la quitó typical-p 0,2. De las que quedaban, **pescado** era la primera: sale 60 de "
            "cada 100.",
        ),
        (
            decided(
                *LOWERED, chosen=1, is_drawn=False,
                stages=(PENALTY, replace(PENALTY, name="sentence_end_tokens")),
            ),
            DecodingParams(repetition_penalty=1.3), Verdict.FILTER,
            "«pescado» ganó porque un ajuste bajó a la favorita\nLa favorita era **carne**, pero "
            "la bajó penalización 1,3. De las que quedaban, **pescado** era la primera: tenía 60 "
            "de cada 100.",
        ),
        (
            decided(*CUT, chosen=2), replace(SAMPLE, typical_p=0.2), Verdict.LUCK,
            "«todo» salió por suerte\nEl modelo prefería **pescado** (60 de cada 100). **todo** "
            "sale 30 de cada 100, y el dado cayó ahí. A su favorita, **carne**, la quitó "
            "typical-p 0,2.",
        ),
        (
            decided(*CLEAR, chosen=1, is_drawn=False), BEAM, Verdict.TOGETHER,
            "«pescado»: la eligió el conjunto\nCon haces (beam search) se comparan 3 textos "
            "enteros, y este ganó. Aquí la favorita era **carne**.",
        ),
        (
            decided(*CLEAR, is_drawn=False), BEAM, Verdict.TOGETHER,
            "«carne»: la eligió el conjunto\nCon haces (beam search) se comparan 3 textos "
            "enteros, y este ganó. Aquí **carne** era la favorita.",
        ),
        (
            decided(*CLEAR, chosen=1, is_drawn=False, contrast=TERMS),
            DecodingParams(strategy="contrastive", penalty_alpha=0.6, top_k=4), Verdict.CONTRAST,
            "«pescado» ganó por no repetirse\nLa favorita era **carne**, pero se parecía más a lo "
            "ya escrito: la contrastiva resta eso.",
        ),
        (
            decided(*CLEAR, chosen=1, is_drawn=False, is_given=True), SAMPLE, Verdict.GIVEN,
            "«pescado» la puso una persona\nNo salió del dado: alguien la cambió. Por sí sola "
            "saldría 20 de cada 100.",
        ),
        (
            decided(*LOWERED, chosen=0, is_drawn=False, is_given=True), SAMPLE, Verdict.GIVEN,
            "«carne» la puso una persona\nNo salió del dado: alguien la cambió. Por sí sola "
            "saldría 10 de cada 100.",
        ),
        (
            decided(*CUT, chosen=0, is_drawn=False, is_given=True), SAMPLE, Verdict.GIVEN,
            "«carne» la puso una persona\nNo salió del dado: alguien la cambió. Con estos ajustes "
            "no podía salir.",
        ),
        (
            decided(*CLEAR, chosen=1, is_drawn=False, stages=(replace(ONE, name="forced"),)),
            GREEDY, Verdict.FORCED,
            "«pescado»: forzado\nNo la eligieron ni el dado ni el orden: este modelo empieza "
            "siempre por ahí. Los que traducen dicen así en qué idioma escriben. Por sí sola tenía "
            "20 de cada 100.",
        ),
    ],
)  # fmt: skip
def test_each_verdict_in_words(step, params, verdict, said):
    view = view_of(step, params=params)
    found, labels = decision_of(step, params), Labels(view)
    assert found.verdict is verdict
    told = f"{verdict_text(found, labels)}\n{why(view, found, labels)}"
    assert plain(told) == said


def test_a_word_of_the_list_is_not_quoted():
    banned = replace(CUT[0], text="⟨vetada⟩", removed_by="bad_words")
    step = decided(banned, *CUT[1:], chosen=1)
    view = view_of(step, params=SAMPLE)
    found = decision_of(step, SAMPLE)
    said = why(view, found, Labels(view))
    assert said.startswith("La favorita era una palabra que este servidor no permite.")
    assert "vetada" not in said


def test_a_sign_is_quoted_and_a_word_is_bold():
    step = decided(CLEAR[0], replace(CLEAR[1], text=","))
    said = plain(
        why(view_of(step, params=SAMPLE), decision_of(step, SAMPLE), Labels(view_of(step)))
    )
    assert said.endswith("La siguiente, «,», 20 de cada 100.")


def test_e_before_the_sound_of_an_i():
    names = {" iglesia": "e", " hijo": "e", " Ítaca": "e", " hielo": "y", " yodo": "y", " a": "y"}
    for text, conjunction in names.items():
        step = decided(CLOSE[0], replace(CLOSE[1], text=text), chosen=1)
        said = verdict_text(decision_of(step, SAMPLE), Labels(view_of(step)))
        assert f"«carne» {conjunction} «" in said


def test_a_piece_says_its_word_and_where_the_surprise_is():
    first = decided(replace(CLEAR[0], text=" hua"), CLEAR[1])
    second = replace(decided(replace(CLEAR[0], text="cy"), CLEAR[1]), surprisal_bits=9.0)
    end = decided(replace(CLEAR[0], text="."))
    view = view_of(first, second, end, params=SAMPLE)
    labels, found = Labels(view), decision_of(first, SAMPLE)
    assert verdict_text(found, labels) == "«hua…» era la favorita"
    assert why(view, found, labels).endswith(
        "Es el primer trozo de **huacy**. La sorpresa viene en **…cy**: pulsa ▶."
    )
    later = replace(view, step=1)
    assert verdict_text(found, Labels(later)) == "«…cy» era la favorita"
    assert why(later, found, Labels(later)).endswith("Es el trozo 2 de 2 de **huacy**.")


@st.composite
def true_steps(draw) -> tuple[Step, DecodingParams]:
    """Steps as engines record them: the probabilities add up, the die falls on its stretch."""
    count = draw(st.integers(1, len(WORDS)))
    weights = draw(st.lists(st.floats(0.001, 1.0), min_size=count, max_size=count))
    total = sum(weights)
    raw = sorted((w / total for w in weights), reverse=True)
    removed = draw(st.sets(st.integers(0, count - 1), max_size=count - 1))
    factors = draw(st.lists(st.sampled_from([1.0, 1.0, 0.3]), min_size=count, max_size=count))
    left = [
        0.0 if i in removed else p * f for i, (p, f) in enumerate(zip(raw, factors, strict=True))
    ]
    mass = sum(left)
    found = tuple(
        candidate(i, p, f / mass, "top_p" if i in removed else None)
        for i, (p, f) in enumerate(zip(raw, left, strict=True))
    )
    alive = [c for c in found if c.final_prob > 0]
    strategy = draw(st.sampled_from(STRATEGIES))
    params = DecodingParams(strategy=strategy, num_beams=2, penalty_alpha=0.5, top_k=4)
    first = max(alive, key=lambda c: (c.final_prob, -c.token_id))
    chosen = draw(st.sampled_from(alive)) if strategy != "greedy" else first
    is_drawn = params.draws_tokens
    contrast = TERMS if strategy == "contrastive" else ()
    return decided(*found, chosen=chosen.token_id, is_drawn=is_drawn, contrast=contrast), params


@given(true_steps())
@settings(max_examples=300, deadline=None)
def test_the_verdict_is_true_of_the_step(case):
    step, params = case
    found = decision_of(step, params)
    chosen, verdict = step.chosen_candidate, found.verdict
    best = max(c.final_prob for c in step.candidates)
    others = sorted((c.final_prob for c in step.candidates if c is not chosen), reverse=True)
    assert (verdict is Verdict.SURE) == (chosen.final_prob >= SURE)
    assume(verdict is not Verdict.SURE)
    assert (verdict is Verdict.TOGETHER) == params.is_beam
    if verdict is Verdict.LUCK:
        assert step.draw is not None
        assert chosen.final_prob < best
    if verdict is Verdict.FAVOURITE:
        assert chosen.final_prob == best
        assert found.favourite is chosen
    if verdict is Verdict.FILTER:
        assert chosen.final_prob == best
        assert found.favourite is not chosen
    if verdict is Verdict.TIE:
        assert min(chosen.final_prob, others[0]) >= 0.9 * max(chosen.final_prob, others[0])
    if verdict is Verdict.CONTRAST:
        assert params.strategy == "contrastive"
        assert chosen.final_prob < best
    assert verdict not in {Verdict.GIVEN, Verdict.FORCED}


@given(replies())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_a_trace_holds_there_is_one_verdict_and_one_line_of_heading(case):
    reply, place = case
    view = step_view(reply, place)
    found, labels = decision_of(view.current, view.completion.params), Labels(view)
    verdict = verdict_text(found, labels)
    assert verdict
    assert "\n" not in heading(verdict)
    assert len(heading(verdict)) <= 400
    assert why(view, found, labels)
