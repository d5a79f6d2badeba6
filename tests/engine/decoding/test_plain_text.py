"""What a plain text has none of, wherever the borders of its tokens are."""

import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine import DecodingParams
from engine.decoding import plain_text
from engine.decoding.plain_text import PlainText, PlainTextIndex
from engine.decoding.task import model_filters
from engine.text import Vocabulary
from engine.utf8 import visible
from tests.engine import tokenizers
from tests.engine.decoding.vocabularies import ListedVocabulary
from tests.engine.tiny import EOS, byte_level_tokenizer, complete, request

PIECES = (
    b"",
    *(
        text.encode()
        for text in ("<", "<br", "<p>", "br>", "/b", "!x", "?", " <", "<3", "[", "[/i]")
    ),
    *(text.encode() for text in ("/", "]", "\n", "\n\n", " \n", "\n\n\n", "\n \n\t\n", "\t", " ")),
    *(
        text.encode()
        for text in ("a", "casa", "\na", "a\n", ".\n\n", "\r", "\r\n", "\x07", "\ufffd")
    ),
    *(text.encode() for text in ("á", "🦄", "\u0085", "\u2028", "\u00a0")),
    "á".encode()[:1],
    "á".encode()[1:],
    "🦄".encode()[:2],
    "🦄".encode()[2:],
    "🦄".encode()[2:3],
    "🦄".encode()[3:] + b"\n\n\n",
    b"a" + "á".encode()[:1],
    "\x85".encode()[:1],
    "\x85".encode()[1:],
    "\ufffd".encode()[:2],
    "\ufffd".encode()[2:],
    b"\xff",
    b"\xc3\xc3",
)
VOCABULARY = ListedVocabulary(PIECES)
INDEX = PlainTextIndex(VOCABULARY, len(PIECES))
RULES = {
    "markup": re.compile(r"<[A-Za-z/!?]|\[/"),
    "blank": re.compile(r"\n\s*\n"),
    "broken": re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd]"),
}
IDS = st.lists(st.integers(0, len(PIECES) - 1), max_size=8)


def text_of(ids):
    return visible(b"".join(PIECES[i] for i in ids))


def start_of(prompt):
    """A prompt without the rest of a character at its beginning, and with the lines of Unix."""
    data = b"".join(PIECES[i] for i in prompt)
    while data and 0x80 <= data[0] < 0xC0:
        data = data[1:]
    return visible(data).replace("\r", "")


def count(text):
    """How often each rule is broken; runs of lines count by their length."""
    blank = sum(max(0, m[0].count("\n") - 1) for m in re.finditer(r"\n\s*\n", text))
    return {
        "markup": len(RULES["markup"].findall(text)),
        "blank": blank,
        "broken": len(RULES["broken"].findall(text)),
    }


def spoils(prompt, ids, token_id):
    before, after = count(text_of(ids)), count(text_of([*ids, token_id]))
    kinds = [kind for kind, rule in RULES.items() if not rule.search(start_of(prompt))]
    return bool(PIECES[token_id]) and any(after[kind] > before[kind] for kind in kinds)


@given(prompt=IDS, written=IDS)
def test_the_tokens_that_are_cut_are_those_that_spoil_a_text(prompt, written):
    allowed = INDEX.allowed_by(prompt)
    ids = list(prompt)
    # What a plain text may be so far.
    for token_id in written:
        if not spoils(prompt, ids, token_id):
            ids.append(token_id)
    cut = set(INDEX.cut_after(ids, allowed).tolist())
    assert cut == {i for i in range(len(PIECES)) if spoils(prompt, ids, i)}


def cut_texts(before):
    ids = [PIECES.index(piece.encode()) for piece in before]
    return {
        PIECES[i] for i in INDEX.cut_after(ids, INDEX.allowed_by((PIECES.index(b"a"),))).tolist()
    }


def test_what_it_cuts():
    usual = cut_texts(["a"])
    assert {b"<br", b"[/i]", b"\n\n", b"\xff", b"\r", "á".encode()[1:]} <= usual
    assert not {b"<", b"<3", b"[", b"\n", b"\t", b"br>", "á".encode()[:1], b""} & usual
    assert {b"br>", b"casa", b"/b", b"?"} <= cut_texts(["a", "<"])
    assert {b"\n", b"\na"} <= cut_texts(["a", "\n", " "]) - cut_texts(["a", " "])


def test_what_the_prompt_has_is_allowed():
    for text, kind in (("<br", "markup"), ("\n\n\n", "blank"), ("\ufffd", "broken")):
        prompt = (PIECES.index(text.encode()),)
        assert INDEX.allowed_by(prompt) == {kind}
    assert not INDEX.allowed_by((PIECES.index(b"a"),))


def ids_of(*pieces):
    return [PIECES.index(piece) for piece in pieces]


def test_a_prompt_that_is_cut_within_a_character_is_not_broken():
    unicorn = "🦄".encode()
    for rest in (unicorn[2:], unicorn[2:3]):
        assert not INDEX.allowed_by(ids_of(rest, b"a"))
    assert INDEX.allowed_by(ids_of(b"a", unicorn[2:3], b"a")) == {"broken"}
    assert INDEX.allowed_by(ids_of(unicorn[2:], b"\xff")) == {"broken"}


def test_a_prompt_with_the_lines_of_windows_is_not_broken():
    assert not INDEX.allowed_by(ids_of(b"a", b"\r\n", b"a", b"\r"))
    assert INDEX.allowed_by(ids_of(b"a", b"\r\n", b"\r\n")) == {"blank"}


def test_the_prompt_is_looked_at_once():
    index = PlainTextIndex(VOCABULARY, len(PIECES))
    asked = []
    index.allowed_by = lambda ids: asked.append(list(ids)) or frozenset()
    stage = PlainText(index, prompt_tokens=2)
    ids = ids_of(b"a", b"casa", b"a", b"<")
    for length in (2, 3, 4):
        stage(torch.tensor([ids[:length]] * 2), torch.zeros(2, len(PIECES)))
    assert asked == [ids[:2]]


def test_what_breaks_a_character_is_found_once_for_all_that_are_pending(monkeypatch):
    pieces = [*PIECES, *(f"w{n}" for n in range(2000))]
    index = PlainTextIndex(ListedVocabulary(pieces), len(pieces))
    sorted_tokens = []
    as_tensor = plain_text._tensor
    monkeypatch.setattr(
        plain_text, "_tensor", lambda ids: sorted_tokens.append(len(ids)) or as_tensor(ids)
    )
    for pending in ("á".encode()[:1], "🦄".encode()[:2], "\ufffd".encode()[:2]):
        assert len(index.cut_after(ids_of(b"a", pending), frozenset())) > 2000
    assert max(sorted_tokens) < len(PIECES)


def test_a_row_that_has_nothing_else_keeps_what_it_has():
    scores = torch.full((2, len(PIECES)), -torch.inf)
    for text in (b"<br", b"\xff", b""):
        scores[:, PIECES.index(text)] = 1.0
    scores[1, PIECES.index(b"casa")] = -3.0
    ids = torch.full((2, 1), PIECES.index(b"a"))
    processed = PlainText(INDEX, prompt_tokens=1)(ids, scores)
    assert torch.equal(processed[0], scores[0])
    alive = [PIECES[i] for i in (processed[1] > -torch.inf).nonzero().flatten().tolist()]
    assert alive == [b"", b"casa"]


@pytest.mark.parametrize("kind", ["bytes", "gemma", "llama", "gpt1", "words", "ctrl"])
def test_no_text_of_any_tokenizer_is_spoilt(kind, tmp_path):
    makers = {
        "bytes": byte_level_tokenizer,
        "gemma": tokenizers.gemma,
        "llama": tokenizers.llama,
        "gpt1": tokenizers.gpt1,
        "words": tokenizers.words,
        "ctrl": lambda: tokenizers.ctrl(tmp_path),
    }
    tokenizer = makers[kind]()
    vocabulary = Vocabulary(tokenizer)
    index = PlainTextIndex(vocabulary, len(tokenizer))
    torch.manual_seed(3)
    ids = tokenizer("la vida", add_special_tokens=False)["input_ids"]
    process = PlainText(index, len(ids))
    for _ in range(150):
        scores = process(torch.tensor([ids]), torch.randn(1, len(tokenizer)) * 3)
        ids = [*ids, int(scores.argmax())]
        assert not any(rule.search(vocabulary.decode(ids)) for rule in RULES.values())


@pytest.mark.parametrize(
    "strategy",
    [
        {},
        {"strategy": "sample", "temperature": 2.0, "attempts": 4},
        {"strategy": "beam", "num_beams": 4, "attempts": 4},
        {"strategy": "beam_sample", "num_beams": 3, "temperature": 2.0, "attempts": 3},
        {"strategy": "diverse_beam", "num_beams": 4, "num_beam_groups": 2, "attempts": 4},
        {"strategy": "contrastive", "top_k": 5, "penalty_alpha": 0.6},
    ],
)
def test_every_strategy_writes_plain_text(tiny_model, strategy):
    loaded = tiny_model("llama", spread=0.1)
    texts = {}
    for is_plain in (False, True):
        texts[is_plain] = [
            attempt.text
            for seed in range(3)
            for attempt in complete(
                loaded, request(seed=seed, max_new_tokens=30, plain_text=is_plain, **strategy)
            ).attempts
        ]
    assert any(rule.search(text) for text in texts[False] for rule in RULES.values())
    assert not any(rule.search(text) for text in texts[True] for rule in RULES.values())


def test_the_text_is_an_end_token_s_business_too(tiny_model):
    loaded = tiny_model("gpt2")
    (stage,) = model_filters(loaded, DecodingParams(plain_text=True), 1)
    eos = loaded.tokenizer.convert_tokens_to_ids(EOS)
    lead = next(i for i in range(loaded.vocab_size) if loaded.vocabulary.bytes_of(i) == b"\xc3")
    scores = stage.process(torch.tensor([[lead]]), torch.zeros(1, loaded.vocab_size))
    assert scores[0, eos] == 0.0
    alive = (scores[0] > -torch.inf).nonzero().flatten().tolist()
    added = [loaded.vocabulary.bytes_of(i) for i in alive]
    assert all(not data or (b"\xc3" + data).decode() for data in added)
    assert any(data == b"\xa1" for data in added)
