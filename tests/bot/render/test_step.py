"""The explorer's words, over fixed distributions."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.render.footer import footer, remarks
from bot.render.step import (
    doubt,
    join_tokens,
    passage,
    token_label,
)
from bot.render.step_sentence import beam_standing, explanation
from bot.render.step_table import listed, step_table, tail
from bot.storage import StoredReply
from engine import (
    BeamNode,
    BeamTree,
    Candidate,
    Contrast,
    DecodingParams,
    Draw,
    GenerationRequest,
    Rest,
    Step,
)
from tests.bot.explorer_screens import plain
from tests.bot.lesson import (
    AMOR,
    DRAW,
    LUZ,
    MAR,
    NUCLEUS,
    STEP,
    VIDA,
    VOCABULARY,
    WHOLE,
    stage,
    view_of,
)

SOL = Candidate(token_id=5, text=" sol", raw_prob=0.0001, raw_rank=90, final_prob=0.0)


def word(text: str, surprisal: float = 1.0) -> Step:
    only = Candidate(token_id=9, text=text, raw_prob=0.5, raw_rank=1, final_prob=0.5)
    return replace(
        STEP,
        chosen=9,
        surprisal_bits=surprisal,
        candidates=(only,),
        rest=Rest(count=VOCABULARY - 1, raw_mass=0.5, final_mass=0.5),
    )


LESSON = (word(" La"), STEP, word(" es"))


def test_the_first_screen_of_the_lesson():
    view = view_of(*LESSON, at=1)
    assert passage(view) == "El amor es eterno. La **vida** es"
    assert plain(explanation(view)) == (
        "El modelo le daba un **8,1 %** crudo (4.ª de 262 144). top-p 0,9 dejó 41 candidatas y "
        "su probabilidad subió al **9,0 %** final. El dado sacó 0,553: su tramo era 0,500–0,590."
    )
    assert plain(doubt(view.current)) == (
        "-# Duda: 5,2 bits, como elegir a ciegas entre 37; tras los ajustes, 4,1 bits · "
        "sorpresa 3,6 bits"
    )
    assert plain(step_table(view)) == (
        "```\n"
        "  token     crudo   final\n"
        "1 ␣amor    22,5 %  25,0 %\n"
        "2 ␣luz     17,1 %  19,0 %\n"
        "3 ␣mar     10,8 %  12,0 %\n"
        "4 ␣vida ◀   8,1 %   9,0 %\n"
        "· 37 más   31,5 %  35,0 %\n"
        "✂ 262 103  10,0 %     0 %\n"
        "```"
    )
    assert plain(footer(view.completion, "gemma-3-270m", "Solo lo ves tú")) == (
        "-# muestreo, T 1, top-p 0,9 · gemma-3-270m @a5fd3b62 · exacto · semilla 7 · Solo lo ves tú"
    )


@pytest.mark.parametrize(
    ("params", "stages", "said"),
    [
        (DecodingParams(strategy="sample"), (), "de 262 144). Ningún ajuste lo cambió. El dado"),
        (
            DecodingParams(strategy="sample", temperature=0.8, top_k=50, top_p=0.9),
            (
                stage("temperature", "reshape", VOCABULARY, 0, 1.0, 1.0),
                stage("top_k", "cut", 50, VOCABULARY - 50, 0.95, 0.93),
                NUCLEUS,
            ),
            "Con temperatura 0,8, top-k 50 y top-p 0,9 dejaron 41 candidatas y su probabilidad",
        ),
        (
            DecodingParams(strategy="sample", temperature=0.8),
            (stage("temperature", "reshape", VOCABULARY, 0, 1.0, 1.0),),
            "Con temperatura 0,8 su probabilidad subió al **9,0 %** final.",
        ),
        (
            DecodingParams(strategy="sample", no_repeat_ngram_size=2, bad_words=("x",)),
            (
                stage("no_repeat_ngram_size", "cut", VOCABULARY - 3, 3, 0.9, 0.9),
                stage("bad_words", "cut", VOCABULARY - 4, 1, 0.9, 0.9),
            ),
            "La regla de no repetir grupos de 2 y las palabras vetadas quitaron 4 candidatas y su",
        ),
        (
            DecodingParams(strategy="sample", bad_words=("x",)),
            (stage("bad_words", "cut", VOCABULARY, 0, 1.0, 1.0),),
            "de 262 144). Ningún ajuste lo cambió. El dado",
        ),
        (
            DecodingParams(strategy="sample", top_p=0.9, min_p=0.1),
            (
                stage("top_p", "cut", 1, VOCABULARY - 1, 0.9, 0.9),
                stage("min_p", "cut", 1, 0, 1.0, 0.9),
            ),
            "top-p 0,9 dejó una sola candidata y su probabilidad subió",
        ),
        (
            DecodingParams(strategy="sample", plain_text=True, top_p=0.9),
            (stage("plain_text", "cut", VOCABULARY - 375, 375, 0.9995, 0.9995), NUCLEUS),
            "top-p 0,9 dejó 41 candidatas y su probabilidad",
        ),
        (
            DecodingParams(strategy="sample", plain_text=True),
            (stage("plain_text", "cut", VOCABULARY - 375, 375, 0.8, 0.8),),
            "La regla de texto llano quitó 375 candidatas y su probabilidad",
        ),
        (
            DecodingParams(strategy="sample", whole_word_start=True),
            (stage("whole_word_start", "cut", VOCABULARY - 9, 9, 0.9999, 0.9999),),
            "La regla de palabra entera quitó 9 candidatas y su probabilidad",
        ),
        (
            DecodingParams(strategy="sample", sentence_end_tokens=20),
            (stage("sentence_end_tokens", "reshape", VOCABULARY, 0, 1.0, 1.0),),
            "Con la regla de acabar la frase su probabilidad subió",
        ),
        (
            DecodingParams(strategy="sample", top_p=0.999),
            (stage("top_p", "cut", VOCABULARY, 0, 1.0, 1.0),),
            "top-p 0,999 no quitó ninguna candidata y su probabilidad",
        ),
    ],
)
def test_the_sentence_names_the_filters_that_acted(params, stages, said):
    step = replace(STEP, stages=(WHOLE, *stages, DRAW))
    assert said in plain(explanation(view_of(step, params=params)))


@pytest.mark.parametrize(
    ("final", "said"),
    [(0.081, "se quedó en el **8,1 %** final"), (0.05, "bajó al **5,0 %** final")],
)
def test_the_sentence_says_which_way_the_chance_went(final, said):
    step = replace(STEP, candidates=(AMOR, LUZ, MAR, replace(VIDA, final_prob=final)))
    assert said in plain(explanation(view_of(step)))


def test_a_tiny_stretch_is_written_with_enough_decimals():
    step = replace(STEP, draw=Draw(u=0.50015, low=0.5001, high=0.5002))
    assert "El dado sacó 0,50015: su tramo era 0,50010–0,50020." in explanation(view_of(step))


def test_greedy_has_no_die():
    step = replace(STEP, chosen=1, draw=None, stages=(WHOLE,))
    assert plain(explanation(view_of(step, params=DecodingParams()))) == (
        "El modelo le daba un **22,5 %** (1.ª de 262 144). "
        "Greedy no tira dados: toma siempre la más probable, y era esta."
    )


def test_greedy_after_a_ban_takes_the_best_of_what_is_left():
    ban = stage("no_repeat_ngram_size", "cut", VOCABULARY - 1, 1, 0.8, 0.775)
    banned = replace(AMOR, final_prob=0.0, removed_by="no_repeat_ngram_size")
    step = replace(
        STEP, chosen=2, draw=None, stages=(WHOLE, ban), candidates=(banned, LUZ, MAR, VIDA)
    )
    view = view_of(step, params=DecodingParams(no_repeat_ngram_size=2))
    assert plain(explanation(view)) == (
        "El modelo le daba un **17,1 %** crudo (2.ª de 262 144). La regla de no repetir grupos "
        "de 2 quitó 1 candidata y su probabilidad subió al **19,0 %** final. "
        "Greedy no tira dados: toma siempre la más probable tras los ajustes, y era esta."
    )
    assert "1 ␣amor ✂" in step_table(view)


def test_a_step_that_no_filter_touched_has_one_column():
    step = replace(STEP, chosen=1, draw=None, stages=(WHOLE,))
    assert plain(step_table(view_of(step, params=DecodingParams(), candidates=2))) == (
        "```\n"
        "  token         prob.\n"
        "1 ␣amor ◀      22,5 %\n"
        "2 ␣luz         17,1 %\n"
        "· 262 142 más  60,4 %\n"
        "```"
    )


def test_right_to_left_tokens_leave_ranks_and_marks_in_place():
    step = replace(STEP, candidates=(AMOR, LUZ, MAR, replace(VIDA, text=" حياة")))
    assert "\n4 \u2068␣حياة\u2069 ◀ " in step_table(view_of(step))


def node(index: int, parent: int | None, step: int, score: float, status: str) -> BeamNode:
    return BeamNode(
        node=index,
        parent=parent,
        step=step,
        token_id=index,
        text=" x",
        token_score=score,
        score=score,
        normalised_score=score,
        status=status,
    )


TREE = BeamTree(
    nodes=(
        node(0, None, 0, -1.0, "kept"),
        node(1, None, 0, -2.0, "kept"),
        node(2, None, 0, -0.5, "pruned"),
        node(3, 1, 1, -2.5, "finished"),
        node(4, 0, 1, -3.0, "finished"),
    ),
    winners=(3, 4),
)


def test_beam_search_says_where_the_winning_path_stood():
    step = replace(STEP, draw=None, stages=(WHOLE,))
    params = DecodingParams(strategy="beam", num_beams=2)
    view = view_of(step, STEP, params=params, beams=TREE, attempts=2)
    assert plain(explanation(view)).endswith(
        "Con haces (beam search) no se elige token a token: se comparan 2 textos enteros y aquí "
        "ves el que ganó. En este paso iba 2.º de 2."
    )
    second = replace(view, attempt=1)
    assert "aquí ves el que quedó 2.º. En este paso iba 1.º de 2." in explanation(second)


def test_drawn_beams_say_that_the_die_weighs_whole_texts():
    params = DecodingParams(strategy="beam_sample", num_beams=2)
    view = view_of(replace(STEP, draw=None), STEP, params=params, beams=TREE, attempts=2)
    assert "sortea cómo siguen 2 textos enteros, y ves el que ganó." in explanation(view)


def test_diverse_beams_say_that_groups_weigh_whole_texts():
    params = DecodingParams(strategy="diverse_beam", num_beams=4, num_beam_groups=2)
    view = view_of(replace(STEP, draw=None), STEP, params=params, beams=TREE, attempts=2)
    said = "se comparan 4 textos enteros, en 2 grupos, y aquí ves el que ganó."
    assert said in explanation(view)


def test_contrastive_search_says_its_two_terms():
    terms = tuple(
        Contrast(token_id=i, text="x", confidence=c, penalty=p, nearest=0, score=0.4 * c - 0.6 * p)
        for i, c, p in ((STEP.chosen + 1, 0.5, 0.9), (STEP.chosen, 0.25, 0.1))
    )
    params = DecodingParams(strategy="contrastive", top_k=2, penalty_alpha=0.6)
    view = view_of(replace(STEP, draw=None, contrast=terms), params=params)
    assert plain(explanation(view)).endswith(
        "Contrastiva: ganó entre 2 candidatas con 0,040 puntos, 40,0 % de su confianza "
        "(25,0 %) menos 60,0 % de su parecido con lo anterior (0,100)."
    )


def test_a_beam_path_that_is_not_recorded_has_no_standing():
    assert beam_standing(None, 0, 0) is None
    assert beam_standing(TREE, 5, 0) is None
    assert beam_standing(TREE, 0, 7) is None


def test_the_table_lists_as_many_as_asked_and_the_chosen_one():
    shown = listed(replace(STEP, chosen=4), 2)
    assert [c.token_id for c in shown] == [1, 2, 4]


def test_the_rows_of_the_tail_complete_the_distribution():
    shown = listed(STEP, 2)
    left = tail(STEP, shown)
    assert left.more_count + len(shown) + left.removed_count == VOCABULARY
    assert left.more_raw + sum(c.raw_prob for c in shown) == pytest.approx(0.9)
    assert left.more_final + sum(c.final_prob for c in shown) == pytest.approx(1.0)
    assert left.removed_raw == pytest.approx(0.1)


def test_a_removed_candidate_that_is_listed_is_not_counted_again():
    rest = Rest(count=VOCABULARY - 3, raw_mass=0.6939, final_mass=0.66)
    shown = (AMOR, VIDA, replace(SOL, removed_by="top_p"))
    step = replace(STEP, candidates=shown, rest=rest)
    left = tail(step, step.candidates)
    assert left.removed_count == VOCABULARY - 41 - 1


@pytest.mark.parametrize(
    ("texts", "joined"),
    [
        ([" a", " b"], " a b"),
        (["⟨C3⟩", "⟨B1⟩", "u"], "ñu"),
        (["⟨F0⟩⟨9F⟩", "⟨A6⟩⟨84⟩"], "🦄"),
        (["x", "⟨C3⟩"], "x"),
        (["⟨FF⟩", "x"], "\ufffdx"),
        (["‹⟨no⟩"], "‹⟨no⟩"),
    ],
)
def test_bytes_are_joined_to_characters(texts, joined):
    assert join_tokens(texts) == joined


@pytest.mark.parametrize(
    ("token", "bold"),
    [
        (" vida", "a **vida** z"),
        ("\n", "a\u200a**⏎** z"),
        ("  ", "a\u200a**␣␣** z"),
        ("**", "a\u200a**\\*\\*** z"),
        ("⟨C3⟩", "a\u200a**⟨C3⟩** z"),
        (" مرحبا", "a **مرحبا** z"),
        ("\u202e", "a\u200a**⟨U+202E⟩** z"),
        ("<@1>", "a\u200a**\\<\\@1>** z"),
    ],
)
def test_the_chosen_token_is_bold_and_inert(token, bold):
    assert passage(view_of(word(token), word(" z"), prompt="a")) == bold


@pytest.mark.parametrize(
    ("prompt", "token", "following", "shown"),
    [
        ("eterno", ",", " y", "eterno\u200a**,** y"),
        ("dura. ", "\n", "Y", "dura. **⏎**\u200aY"),
        ("uni", "corn", "io", "uni**corn**io"),
        ("a", " (", "b", "a **(**\u200ab"),
    ],
)
def test_bold_marks_stand_where_commonmark_sees_them(prompt, token, following, shown):
    assert passage(view_of(word(token), word(following), prompt=prompt)) == shown


def test_a_long_text_shows_its_end_and_stays_on_one_line():
    shown = passage(view_of(*LESSON, at=1, prompt="palabra\n" * 800))
    assert shown.startswith("\\[…] ")
    assert "palabra ⏎ palabra" in shown
    assert shown.endswith("La **vida** es")
    assert "\n" not in shown
    assert len(shown) < 400


def test_a_token_in_a_title_is_short():
    assert len(token_label(" " * 500)) == 32


def test_the_reader_is_told_what_happened_to_the_text():
    view = view_of(STEP, truncated_tokens=1234)
    late = replace(view.completion.attempts[0], finish_reason="deadline")
    assert [plain(line) for line in remarks(stored(view, "Había "), late)] == [
        "-# Tu texto acaba en un espacio, y eso cambia el primer token.",
        "-# El texto no cabía: el modelo no vio los primeros 1234 tokens.",
        "-# Se acabó el tiempo; esto es lo que dio tiempo a escribir.",
    ]
    one = view_of(STEP, truncated_tokens=1)
    assert remarks(stored(one, "x"), one.completion.attempts[0]) == (
        "-# El texto no cabía: el modelo no vio el primer token.",
    )


def stored(view, prompt):
    return StoredReply(
        reply_id="0" * 32,
        kind="explicar",
        owner_id=5,
        guild_id=None,
        channel_id=1,
        message_id=None,
        request=GenerationRequest(prompt=prompt),
        completion=view.completion,
        is_prompt_kept=True,
        created_at=datetime.now(UTC),
    )
