"""Marian's and M2M100's tokenizers: the ids of those in transformers, from any thread."""

import json
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import M2M100Tokenizer, MarianTokenizer

from engine.explain import TokensRequest
from engine.explain.tokenization import tokenize
from engine.models.loaded import LoadedTokenizer
from engine.models.tokenizer_conversion import converter_of
from engine.text import Vocabulary
from tests.engine import pairs
from tests.engine.tiny import CORPUS, complete, request

OTHER = (
    "The question is what is life, and the answer is a dream of dreams that nobody has dreamt. ",
    "Walker, there is no road, the road is made by walking; by walking one makes the road. ",
    "What does the river say to the sea? 10:30, and the child was eating pineapples and jam. ",
)
MARKS = (">>fra<<", ">>spa<<")
HOSTILE = (
    "",
    " ",
    "la  vida   es\n\tsueño ",
    "</s>",
    "la</s> vida<pad>es <unk> sueño",
    ">>spa<< la vida",
    ">>xyz<<la vida",
    " >>spa<<",
    ">>spa",
    ">><<",
    "__es__ la vida __fr__",
    "日本語 la \N{UNICORN FACE}vida\u200b\ufeff ﬁn ①",
    "\u00a0vida\u3000es\r\n",
)


def train(folder, name, lines, model_type, vocab_size):
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines * 4),
        model_prefix=str(folder / name),
        model_type=model_type,
        vocab_size=vocab_size,
        character_coverage=1.0,
        hard_vocab_limit=False,
        minloglevel=3,
    )
    processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / f"{name}.model"))
    return [processor.id_to_piece(i) for i in range(processor.get_piece_size())]


def numbered(pieces, rng):
    """Number pieces in another order than sentencepiece's, and lose a few."""
    others = sorted(set(pieces) - {"<s>", "</s>", "<unk>", "<pad>"})
    rng.shuffle(others)
    return others[: len(others) - 5]


def save_marian(folder, *, separate):
    rng = random.Random(1)
    source = train(folder, "source", list(OTHER), "unigram", 150)
    target = train(folder, "target", list(CORPUS), "unigram", 150)
    (folder / "source.model").rename(folder / "source.spm")
    (folder / "target.model").rename(folder / "target.spm")
    special = ["</s>", "<unk>", "<pad>"]
    if separate:
        vocab = {p: i for i, p in enumerate([*special, *numbered(source, rng)])}
        other = {p: i for i, p in enumerate([*special, *numbered(target, rng)])}
        (folder / "target_vocab.json").write_text(json.dumps(other))
    else:
        both = numbered([*source, *target], rng)
        vocab = {p: i for i, p in enumerate([*special, *MARKS, *both])}
    (folder / "vocab.json").write_text(json.dumps(vocab))
    stated = {"tokenizer_class": "MarianTokenizer", "separate_vocabs": separate}
    if separate:
        stated["target_vocab_file"] = str(folder / "target_vocab.json")
    (folder / "tokenizer_config.json").write_text(json.dumps(stated))


def save_m2m100(folder, model_type):
    pieces = train(folder, "sentencepiece.bpe", [*CORPUS, *OTHER], model_type, 220)
    ordered = ["<s>", "<pad>", "</s>", "<unk>", *numbered(pieces, random.Random(2))]
    (folder / "vocab.json").write_text(json.dumps({p: i for i, p in enumerate(ordered)}))
    stated = {"tokenizer_class": "M2M100Tokenizer", "src_lang": "es"}
    (folder / "tokenizer_config.json").write_text(json.dumps(stated))


SAVED = {
    "marian": lambda folder: save_marian(folder, separate=False),
    "marian_separate": lambda folder: save_marian(folder, separate=True),
    "m2m100_unigram": lambda folder: save_m2m100(folder, "unigram"),
    "m2m100_bpe": lambda folder: save_m2m100(folder, "bpe"),
}


@pytest.fixture(scope="module", params=SAVED)
def folder(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    SAVED[request.param](folder)
    return folder


@pytest.fixture(scope="module")
def sides(folder):
    """Return pairs of a tokenizer of ours and what transformers makes of a text on that side."""
    converted = converter_of(folder, {})(folder)
    if "m2m100" in folder.name:
        original = M2M100Tokenizer.from_pretrained(folder)
        return [(converted, lambda text: original(text)["input_ids"])]
    original = MarianTokenizer.from_pretrained(folder)
    return [
        (converted.of_sources, lambda text: original(text)["input_ids"]),
        (converted, lambda text: original(text_target=text)["input_ids"]),
    ]


def lines(count):
    rng = random.Random(5)
    words = [w for line in (*CORPUS, *OTHER) for w in line.split()]
    signs = ["ñandú", "</s>", "<unk>", "⁇", "x" * 9, "10:30", "\t", "  ", ">>fra<<", "__fr__"]
    return [" ".join(rng.choices([*words, *signs], k=rng.randint(1, 14))) for _ in range(count)]


def test_the_ids_are_those_of_transformers(sides):
    for ours, theirs in sides:
        for text in (*HOSTILE, *lines(300)):
            assert ours(text)["input_ids"] == theirs(text), text


@settings(max_examples=40, deadline=None)
@given(text=st.text("ab ñé▁<>/s_\n\u00a0日①", max_size=24))
def test_the_ids_of_any_text_are_those_of_transformers(sides, text):
    for ours, theirs in sides:
        assert ours(text)["input_ids"] == theirs(text)


def test_threads_share_it(sides):
    for ours, _ in sides:
        texts = lines(60)
        alone = [ours(text)["input_ids"] for text in texts]
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(lambda text, reads=ours: reads(text)["input_ids"], texts * 4))
        assert together == alone * 4


def test_the_pieces_are_the_text(sides):
    for ours, _ in sides:
        text = "camino is life 10:30"
        encoding = ours(text, return_offsets_mapping=True, return_special_tokens_mask=True)
        own = [
            (i, span)
            for i, span, is_added in zip(
                encoding["input_ids"],
                encoding["offset_mapping"],
                encoding["special_tokens_mask"],
                strict=True,
            )
            if not is_added
        ]
        assert "".join(text[start:end] for _, (start, end) in own) == text
        known = [i for i, _ in own if i != ours.unk_token_id]
        vocabulary = Vocabulary(ours)
        joined = b"".join(map(vocabulary.bytes_of, known)).decode()
        assert vocabulary.decode(known) == joined.removeprefix(" ")
        assert len(ours.get_vocab()) == len(ours)


def test_a_marian_model_of_several_languages_is_told_which(tmp_path):
    save_marian(tmp_path, separate=False)
    tokenizer = MarianTokenizer.from_pretrained(tmp_path)
    pairs.save(
        "marian",
        tmp_path,
        tokenizer,
        decoder_start_token_id=tokenizer.pad_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    loaded = pairs.load(tmp_path)
    assert loaded.info.target_languages == ("fra", "spa")
    asked = request("What is life?", max_new_tokens=4)
    plain = complete(loaded, asked)
    assert list(plain.source_ids) == tokenizer("What is life?")["input_ids"]
    marked = complete(loaded, asked.from_dict({**asked.to_dict(), "target_language": "spa"}))
    assert list(marked.source_ids) == tokenizer(">>spa<<What is life?")["input_ids"]
    expected = tokenizer.decode(plain.attempts[0].token_ids, skip_special_tokens=True)
    assert plain.attempts[0].text.strip() == expected.strip()


def test_an_m2m100_model_is_told_both_languages(tmp_path):
    save_m2m100(tmp_path, "bpe")
    tokenizer = M2M100Tokenizer.from_pretrained(tmp_path)
    size = tokenizer.encoder_size + len(tokenizer.lang_token_to_id)
    pairs.save(
        "m2m_100", tmp_path, tokenizer, decoder_start_token_id=2, pad_token_id=1, vocab_size=size
    )
    loaded = pairs.load(tmp_path)
    assert {"es", "fr", "en"} <= set(loaded.info.source_languages)
    asked = request("What is life?", max_new_tokens=4, trace_top_n=3)
    asked = asked.from_dict({**asked.to_dict(), "source_language": "en", "target_language": "fr"})
    completion = complete(loaded, asked)
    tokenizer.src_lang = "en"
    assert list(completion.source_ids) == tokenizer("What is life?")["input_ids"]
    (attempt,) = completion.attempts
    assert attempt.token_ids[0] == tokenizer.get_lang_id("fr")
    assert "forced" in [stage.name for stage in attempt.steps[0].stages]
    assert "__fr__" not in attempt.text


@pytest.mark.parametrize("separate", [False, True])
def test_a_text_is_cut_as_a_source(tmp_path, separate):
    save_marian(tmp_path, separate=separate)
    original = MarianTokenizer.from_pretrained(tmp_path)
    converted = converter_of(tmp_path, {})(tmp_path)
    reader = LoadedTokenizer(name="marian", tokenizer=converted, n_positions=None)
    found = tokenize(reader, TokensRequest(text=OTHER[0]))
    assert [token.token_id for token in found.tokens] == original(OTHER[0])["input_ids"]
    assert [t.token_id for t in found.tokens] != original(text_target=OTHER[0])["input_ids"]
