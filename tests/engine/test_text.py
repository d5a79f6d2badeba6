import random

import pytest

from engine.text import TextStream, Vocabulary, text_after
from tests.engine import tokenizers
from tests.engine.tiny import BOS, EOS, byte_level_tokenizer

LATIN_1 = "".join(chr(code) for code in range(0xA1, 0x100))
TEXTS = (
    "La vida es sueño, y los sueños, sueños son.\n\n  ¿Qué?",
    LATIN_1,
    "Emoji: 🦄👩‍👩‍👧‍👦🇪🇸 ❤️‍🔥 fin",
    "漢字かな交じり文 한국어 中文",
    "العربية مُشَكَّلة עברית",
    "a\u0301e\u0301 \ufffd real, ﬁ, 𝔘𝔫𝔦, \u200b\u202e",
)
WITH_BYTES = ("byte_level", "gemma", "llama")
KINDS = (*WITH_BYTES, "gpt1", "ctrl", "words")


@pytest.fixture(scope="module")
def vocabularies(tmp_path_factory):
    return {
        "byte_level": Vocabulary(byte_level_tokenizer()),
        "gemma": Vocabulary(tokenizers.gemma()),
        "llama": Vocabulary(tokenizers.llama()),
        "gpt1": Vocabulary(tokenizers.gpt1()),
        "ctrl": Vocabulary(tokenizers.ctrl(tmp_path_factory.mktemp("ctrl"))),
        "words": Vocabulary(tokenizers.words()),
    }


def encode(vocabulary, text):
    return vocabulary.tokenizer(text, add_special_tokens=False)["input_ids"]


def expected_text(vocabulary, context, tokens):
    """decode(context + tokens) minus decode(context), with the library alone."""
    decode = vocabulary.tokenizer.decode
    before = decode(context, skip_special_tokens=True)
    after = decode([*context, *tokens], skip_special_tokens=True)
    assert after.startswith(before)
    return after[len(before) :]


@pytest.mark.parametrize("kind", WITH_BYTES)
@pytest.mark.parametrize("text", TEXTS)
def test_the_joined_bytes_of_the_tokens_are_the_text(vocabularies, kind, text):
    vocabulary = vocabularies[kind]
    ids = encode(vocabulary, text)
    joined = b"".join(map(vocabulary.bytes_of, ids)).decode()
    assert joined.removeprefix(" " if kind == "llama" else "") == text


@pytest.mark.parametrize("kind", ["gpt1", "ctrl"])
def test_the_pieces_of_a_word_tokenizer_join_to_the_text(vocabularies, kind):
    vocabulary = vocabularies[kind]
    ids = encode(vocabulary, "la vida es un camino")
    joined = b"".join(map(vocabulary.bytes_of, ids)).decode()
    assert joined == "la vida es un camino "


def test_whole_words_carry_the_space_before_them(vocabularies):
    vocabulary = vocabularies["words"]
    context, tokens = encode(vocabulary, "la vida"), encode(vocabulary, "es sueño")
    joined = b"".join(map(vocabulary.bytes_of, tokens)).decode()
    assert joined == text_after(vocabulary, context, tokens) == " es sueño"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", TEXTS)
def test_a_stream_gives_the_same_text_token_by_token(vocabularies, kind, text):
    vocabulary = vocabularies[kind]
    context = encode(vocabulary, "la vida es ")
    tokens = encode(vocabulary, text + " la vida " * 12 + text)
    stream = TextStream(vocabulary, context)
    shown = ""
    for count, token_id in enumerate(tokens, 1):
        stream.append(token_id)
        assert stream.text == text_after(vocabulary, context, tokens[:count])
        assert stream.text.startswith(shown)
        shown = stream.text
    assert shown == expected_text(vocabulary, context, tokens).removesuffix("@@")


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_follows_any_tokens(vocabularies, kind):
    vocabulary = vocabularies[kind]
    rng = random.Random(kind)
    size = len(vocabulary.tokenizer)
    # A run of byte pieces is read as a whole, so one that is no UTF-8 can change what came before.
    allowed = [i for i in range(size) if kind == "byte_level" or vocabulary.is_whole(i)]
    for _ in range(10):
        context = rng.choices(allowed, k=rng.randint(1, 9))
        tokens = rng.choices(allowed, k=100)
        stream = TextStream(vocabulary, context)
        for token_id in tokens:
            stream.append(token_id)
        assert stream.text == text_after(vocabulary, context, tokens)


@pytest.mark.parametrize("kind", ["byte_level", "gemma", "llama"])
def test_an_incomplete_final_character_is_left_out(vocabularies, kind):
    vocabulary = vocabularies[kind]
    context = encode(vocabulary, "la vida")
    for character in "ñ漢🦄":
        tokens = [*encode(vocabulary, " é"), *encode_bytes(vocabulary, character.encode())]
        size = len(character.encode())
        for missing in range(1, size):
            assert text_after(vocabulary, context, tokens[:-missing]) == " é"
        assert text_after(vocabulary, context, tokens) == f" é{character}"


def encode_bytes(vocabulary, data):
    single = {vocabulary.bytes_of(i): i for i in range(len(vocabulary.tokenizer) - 1, -1, -1)}
    return [single[bytes([byte])] for byte in data]


def test_a_character_that_the_context_left_open_belongs_to_the_new_text(vocabularies):
    vocabulary = vocabularies["byte_level"]
    first, second = encode_bytes(vocabulary, "ñ".encode())
    assert text_after(vocabulary, [*encode(vocabulary, "ni"), first], [second]) == "ñ"


def test_a_replacement_character_that_is_text_stays(vocabularies):
    vocabulary = vocabularies["byte_level"]
    tokens = encode(vocabulary, "fin \ufffd")
    assert text_after(vocabulary, encode(vocabulary, "a"), tokens) == "fin \ufffd"


def test_special_tokens_are_no_text_but_have_a_name(vocabularies):
    vocabulary = vocabularies["byte_level"]
    eos_id, bos_id = vocabulary.tokenizer.convert_tokens_to_ids([EOS, BOS])
    tokens = [*encode(vocabulary, "vida"), eos_id]
    assert text_after(vocabulary, [bos_id, *encode(vocabulary, "la ")], tokens) == "vida"
    assert vocabulary.bytes_of(eos_id) == b""
    assert vocabulary.text_of(eos_id) == EOS


def test_a_token_is_shown_exactly(vocabularies):
    byte_level, llama = vocabularies["byte_level"], vocabularies["llama"]
    (first, second) = encode_bytes(byte_level, "ñ".encode())
    assert (byte_level.text_of(first), byte_level.text_of(second)) == ("⟨C3⟩", "⟨B1⟩")
    assert llama.text_of(llama.tokenizer.convert_tokens_to_ids("<0xC3>")) == "⟨C3⟩"
    assert llama.text_of(llama.tokenizer.convert_tokens_to_ids("▁vida")) == " vida"
    assert byte_level.text_of(100_000) == "⟨#100000⟩"
