"""The funnel of a step: words, picture and alt text, over fixed and over any numbers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.features.explorer.funnel.chart import FunnelChart, FunnelRow, funnel_chart
from bot.features.explorer.funnel.words import (
    funnel_alt,
    funnel_chart_of,
    funnel_sentences,
    funnel_title,
    reshaped,
)
from bot.render import sheet
from bot.render.sheet import PHONE_WIDTH, Sheet
from engine import BeamTree, Candidate, DecodingParams, Draw, Step
from tests.bot.explorer_screens import plain
from tests.bot.lesson import (
    DRAW,
    NUCLEUS,
    STEP,
    VOCABULARY,
    WHOLE,
    stage,
    view_of,
)
from tests.bot.render.pictures import difference, pixels, run_of

BASELINE = Path(__file__).with_name("funnel.png")

TEMPERATURE = stage("temperature", "reshape", VOCABULARY, 0, 1.0, 1.0)
PENALTY = replace(TEMPERATURE, name="repetition_penalty")
TOP_K = stage("top_k", "cut", 50, VOCABULARY - 50, 0.78, 0.7)
SAMPLING = DecodingParams(strategy="sample", temperature=0.8, top_k=50, top_p=0.9)
LESSON = replace(
    STEP, stages=(WHOLE, TEMPERATURE, TOP_K, stage("top_p", "cut", 41, 9, 0.9, 0.63), DRAW)
)


def step_with(*stages, **fields) -> Step:
    return replace(STEP, stages=(WHOLE, *stages, DRAW), **fields)


def said(params: DecodingParams, *stages, **fields) -> list[str]:
    """Return the sentences of the stages between the vocabulary and the choice."""
    view = view_of(step_with(*stages, **fields), params=params)
    return plain(funnel_sentences(view)).split("\n")[1:-1]


def test_the_lesson_in_words():
    view = view_of(LESSON, params=SAMPLING)
    assert funnel_title(view) == "### Embudo de «vida» · paso 1 de 1"
    assert plain(funnel_sentences(view)) == (
        "**Vocabulario**: el modelo puntúa sus 262 144 tokens.\n"
        "**Temperatura 0,8** da más a los favoritos y menos al resto; no quita ninguno.\n"
        "**top-k 50** deja los 50 más probables: quitó 262 094 (22,0 %) y dejó 50.\n"
        "**top-p 0,9** deja los más probables hasta sumar el 90 %: quitó 9 (10,0 %) y dejó 41.\n"
        "**Dado**: El dado sacó 0,553: su tramo era 0,500–0,590. «vida» salió con un "
        "**9,0 %** final."
    )


def test_a_cut_to_one_token_is_said():
    alone = replace(
        LESSON.candidates[0], token_id=4, raw_rank=1, raw_prob=0.225, final_prob=1.0, text=" vida"
    )
    step = step_with(
        stage("top_k", "cut", 1, VOCABULARY - 1, 0.225, 0.225),
        candidates=(alone,),
        draw=Draw(u=0.5, low=0.0, high=1.0),
    )
    view = view_of(step, params=DecodingParams(strategy="sample", top_k=1))
    assert "**top-k 1** deja solo el más probable: quitó" in funnel_sentences(view)


@pytest.mark.parametrize(
    ("params", "stages", "sentence"),
    [
        (
            DecodingParams(strategy="sample", temperature=1.5),
            TEMPERATURE,
            "**Temperatura 1,5** quita ventaja a los favoritos y la reparte; no descarta ninguno.",
        ),
        (
            DecodingParams(repetition_penalty=1.3),
            PENALTY,
            "**Penalización 1,3** baja los tokens que ya están en el texto; no quita ninguno.",
        ),
        (
            DecodingParams(repetition_penalty=0.8),
            PENALTY,
            "**Penalización 0,8** sube los tokens que ya están en el texto; no quita ninguno.",
        ),
        (
            DecodingParams(no_repeat_ngram_size=3),
            stage("no_repeat_ngram_size", "cut", VOCABULARY, 0, 1.0, 1.0),
            "**Sin repetir grupos de 3** prohíbe lo que repetiría 3 tokens seguidos: aquí no "
            "quitó ninguno.",
        ),
        (
            DecodingParams(),
            stage("bad_words", "cut", VOCABULARY - 3, 3, 0.998, 0.998),
            "**Palabras vetadas** quita las que este servidor no permite: quitó 3 (0,2 %) y "
            "dejó 262 141.",
        ),
        (
            DecodingParams(strategy="sample", top_k=50),
            replace(TOP_K, tokens_kept=52, tokens_removed=VOCABULARY - 52),
            "**top-k 50** deja los 50 más probables: quitó 262 092 (22,0 %) y dejó 52. Hay un "
            "empate en el corte, y top-k deja a todos los empatados.",
        ),
        (
            DecodingParams(plain_text=True),
            stage("plain_text", "cut", VOCABULARY - 375, 375, 0.99999, 0.99999),
            "**Texto llano** quita los que escribirían etiquetas, líneas vacías o letras rotas: "
            "quitó 375 (< 0,1 %) y dejó 261 769.",
        ),
        (
            DecodingParams(whole_word_start=True),
            stage("whole_word_start", "cut", VOCABULARY - 9, 9, 0.7, 0.7),
            "**Palabra entera** quita los que seguirían a media palabra la última del texto de "
            "partida: quitó 9 (30,0 %) y dejó 262 135.",
        ),
        (
            DecodingParams(sentence_end_tokens=20),
            stage("sentence_end_tokens", "reshape", VOCABULARY, 0, 1.0, 1.0),
            "**Fin de frase 20** sube los que acaban la frase, más cuantos menos tokens quedan; "
            "no quita ninguno.",
        ),
        (
            DecodingParams(strategy="sample", epsilon_cutoff=0.0003),
            replace(TOP_K, name="epsilon_cutoff"),
            "**Épsilon 0,0003** quita los que no llegan al 0,03 %: quitó 262 094 (22,0 %) y "
            "dejó 50.",
        ),
    ],
)
def test_each_stage_says_what_it_does_and_did(params, stages, sentence):
    assert said(params, stages) == [sentence]


def test_a_tie_that_top_p_split_is_said():
    lost = Candidate(
        token_id=6, text=" luna", raw_prob=0.108, raw_rank=4, final_prob=0.0, removed_by="top_p"
    )
    params = DecodingParams(strategy="sample", top_p=0.9)
    tied = said(params, NUCLEUS, candidates=(*STEP.candidates, lost))[0]
    assert tied.endswith("Hay un empate en el corte: entre iguales decide el orden.")
    apart = replace(lost, raw_prob=0.1)
    assert "empate" not in said(params, NUCLEUS, candidates=(*STEP.candidates, apart))[0]


@pytest.mark.parametrize(
    ("params", "draw", "sentence"),
    [
        (
            DecodingParams(),
            None,
            "No hay filtros activos: greedy no tira dados, toma el más probable de todo el "
            "vocabulario: «vida».",
        ),
        (
            DecodingParams(strategy="beam", num_beams=3),
            None,
            "No hay filtros activos: cada texto puede seguir con cualquier token.\n"
            "**Haces** (beam search): no se elige token a token; se guardan los 3 textos con más "
            "puntos, y «vida» sigue en uno.",
        ),
        (
            DecodingParams(strategy="sample"),
            STEP.draw,
            "No hay filtros activos: el dado se tiró sobre todo el vocabulario.\n"
            "**Dado**: El dado sacó 0,553: su tramo era 0,500–0,590. «vida» salió con un "
            "**9,0 %** final.",
        ),
    ],
)
def test_without_filters_it_says_so(params, draw, sentence):
    beams = BeamTree(nodes=(), winners=()) if params.strategy == "beam" else None
    view = view_of(step_with(draw=draw), params=params, beams=beams)
    assert plain(funnel_sentences(view)).split("\n", 1)[1] == sentence


def test_greedy_behind_a_penalty_takes_the_best_of_what_is_left():
    view = view_of(step_with(PENALTY, draw=None), params=DecodingParams(repetition_penalty=1.3))
    assert funnel_sentences(view).endswith(
        "greedy no tira dados, toma el más probable de los que quedan: «vida»."
    )


def test_what_the_model_itself_forbids_is_said():
    whole = replace(WHOLE, kind="cut", tokens_kept=VOCABULARY - 99, tokens_removed=99)
    view = view_of(replace(STEP, stages=(whole, NUCLEUS, DRAW)))
    assert "de 262 144 tokens, el propio modelo descarta 99." in plain(funnel_sentences(view))


def test_the_profile_of_a_temperature_is_a_power():
    params = DecodingParams(strategy="sample", temperature=0.5)
    pairs = reshaped(step_with(TEMPERATURE), params, "temperature")
    squares = [candidate.raw_prob**2 for candidate in STEP.candidates]
    assert [after for _, after in pairs] == pytest.approx([s / sum(squares) for s in squares])
    raw = [candidate.raw_prob for candidate in STEP.candidates]
    assert [before for before, _ in pairs] == pytest.approx([p / sum(raw) for p in raw])


def test_the_profile_between_penalty_and_temperature_is_recovered():
    raw, penalised, power = (0.5, 0.3, 0.2), (0.1, 0.3, 0.2), 2.0
    final = [p ** (1 / power) for p in penalised]
    candidates = tuple(
        Candidate(token_id=i, text="x", raw_prob=r, raw_rank=i + 1, final_prob=f / sum(final))
        for i, (r, f) in enumerate(zip(raw, final, strict=True))
    )
    step = step_with(PENALTY, TEMPERATURE, candidates=candidates, chosen=0)
    params = DecodingParams(strategy="sample", temperature=power, repetition_penalty=2.0)
    middle = [p / sum(penalised) for p in penalised]
    first, second = (reshaped(step, params, name) for name in ("repetition_penalty", "temperature"))
    assert [after for _, after in first] == pytest.approx(middle)
    assert [before for before, _ in second] == pytest.approx(middle)
    assert [after for _, after in second] == pytest.approx([f / sum(final) for f in final])


DIVERSITY = replace(TEMPERATURE, name="diversity_penalty")
DIVERSE = DecodingParams(
    strategy="diverse_beam", num_beams=4, num_beam_groups=2, diversity_penalty=1.5
)


def test_what_another_group_chose_is_said_to_sink():
    assert said(DIVERSE, DIVERSITY) == [
        "**Diversidad 1,5** baja los tokens que los grupos anteriores acaban de elegir, una vez "
        "por cada haz; no quita ninguno."
    ]
    view = view_of(replace(step_with(DIVERSITY), draw=None), params=DIVERSE)
    assert plain(funnel_sentences(view)).endswith(
        "**Haces diversos** (diverse beam search): no se elige token a token; cada uno de los 2 "
        "grupos guarda sus textos con más puntos, y «vida» sigue en uno."
    )


def test_the_profile_of_diversity_is_what_came_out():
    raw, final = (0.5, 0.3, 0.2), (0.2, 0.5, 0.3)
    candidates = tuple(
        Candidate(token_id=i, text="x", raw_prob=r, raw_rank=i + 1, final_prob=f)
        for i, (r, f) in enumerate(zip(raw, final, strict=True))
    )
    step = step_with(DIVERSITY, candidates=candidates, chosen=0)
    pairs = reshaped(step, DIVERSE, "diversity_penalty")
    assert [before for before, _ in pairs] == pytest.approx(raw)
    assert [after for _, after in pairs] == pytest.approx(final)
    both = step_with(DIVERSITY, PENALTY, candidates=candidates, chosen=0)
    penalised = replace(DIVERSE, repetition_penalty=1.2)
    assert reshaped(both, penalised, "diversity_penalty") == ()
    assert reshaped(both, penalised, "repetition_penalty") == ()
    assert funnel_chart(funnel_chart_of(view_of(both, params=penalised)))


CHART = funnel_chart_of(view_of(LESSON, params=SAMPLING))


def test_the_picture_looks_as_it_did():
    assert difference(funnel_chart(CHART), BASELINE) < 0.8


def test_the_comparison_sees_a_change():
    rows = (*CHART.rows[:2], replace(CHART.rows[2], mass=0.4), *CHART.rows[3:])
    assert difference(funnel_chart(replace(CHART, rows=rows)), BASELINE) > 0.8


def test_the_alt_text_says_what_the_picture_says():
    assert plain(funnel_alt(CHART)) == (
        "Embudo · paso 1 de 1 · ␣vida: vocabulario, 262 144 tokens; temperatura 0,8 reajusta sin "
        "quitar; top-k 50 quita 22,0 % y deja 50 tokens; top-p 0,9 quita 10,0 % y deja 41 tokens; "
        "dado: sale «␣vida» con 9,0 % final"
    )


def test_bars_are_as_long_as_the_masses_and_reshaping_removes_nothing():
    picture, scale = pixels(funnel_chart(CHART)), 700 / PHONE_WIDTH
    tops = [4 + 50 * row for row in range(5)]
    middles = [top + (13 * 1.7 + 50) / 2 for top in tops]
    right = picture[:, round(scale * 77) :]
    kept = [run_of(right, round(scale * (y - 5)), sheet.FINAL) for y in middles]
    whole = scale * 112
    assert [kept[0], kept[2], kept[3]] == pytest.approx([whole, 0.78 * whole, 0.9 * whole], abs=4)
    pink = np.abs(picture.astype(int) - pixel(sheet.REMOVED)).max(axis=2) < 12
    rows = [int(pink[round(scale * (top + 1)) : round(scale * (top + 47))].sum()) for top in tops]
    assert rows[0] == rows[1] == rows[4] == 0
    assert min(rows[2], rows[3]) > 100


def test_no_letter_is_smaller_than_eleven_pixels_on_a_phone(monkeypatch):
    sizes = []
    write = Sheet.text

    def noted(self, x, y, text, *, size=sheet.SIZE, **options):
        sizes.append(size * 275 / self.width)
        write(self, x, y, text, size=size, **options)

    monkeypatch.setattr(Sheet, "text", noted)
    funnel_chart(CHART)
    assert min(sizes) >= 11


def pixel(colour: str) -> np.ndarray:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])


def test_text_stays_inside_the_margins():
    long = "extraordinariamente largo " * 4
    rows = (
        FunnelRow(label=long, kind="whole", tokens=10**9),
        FunnelRow(label=long, kind="cut", tokens=10**8, mass=0.1),
        FunnelRow(label="dado", kind="choice", tokens=1, mass=0.5),
    )
    picture = pixels(funnel_chart(FunnelChart(title=long, token=long, rows=rows)))
    background = picture[0, 0]
    assert (np.abs(picture[:, -6:].astype(int) - background) < 12).all()


if __name__ == "__main__":  # after a wanted change: look at the new picture, then commit it
    BASELINE.write_bytes(funnel_chart(CHART))
