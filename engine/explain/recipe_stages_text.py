"""The parts of a recipe that do what only Unicornio does to the scores."""

from __future__ import annotations

from string import Template

PIECES = '''
# Lo que sigue es de Unicornio: transformers no lo tiene.
SPECIAL = {i for i, token in tokenizer.added_tokens_decoder.items() if token.special}
SPECIAL.update(tokenizer.all_special_ids)
BACKEND = getattr(tokenizer, "backend_tokenizer", None)
# Los de sentencepiece de Marian y M2M100, que en transformers están en Python.
IS_SPM = hasattr(tokenizer, "spm_files") or hasattr(tokenizer, "sp_model")
DECODER = str(BACKEND.decoder.__getstate__()) if BACKEND and BACKEND.decoder else ""
# Cómo escribe cada byte un tokenizador de bytes.
PRINTABLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
OTHERS = [byte for byte in range(256) if byte not in PRINTABLE]
ALPHABET = {chr(byte): byte for byte in PRINTABLE}
ALPHABET |= {chr(256 + i): byte for i, byte in enumerate(OTHERS)}


@cache
def bytes_of(token):
    """Los bytes que un token añade al texto; ninguno si es especial."""
    piece = tokenizer.convert_ids_to_tokens(token)
    if not isinstance(piece, str) or token in SPECIAL:
        return b""
    if BACKEND is None and not IS_SPM:
        return piece[:-2].encode() if piece.endswith("@@") else f"{piece} ".encode()
    if not DECODER and not IS_SPM:
        return f" {piece}".encode()
    if "ByteLevel" in DECODER:
        is_bytes = all(char in ALPHABET for char in piece)
        return bytes(ALPHABET[char] for char in piece) if is_bytes else piece.encode()
    if "BPEDecoder" in DECODER:
        return piece.replace("</w>", " ").encode()
    if len(piece) == 6 and piece.startswith("<0x") and piece.endswith(">"):
        return bytes([int(piece[3:5], 16)])
    return piece.replace("▁", " ").encode()


def is_word(char):
    """Mira si un carácter es parte de una palabra: letra, cifra o su tilde."""
    return char.isalnum() or unicodedata.category(char)[0] == "M"


def unfinished(data):
    """Los bytes del final que empiezan un carácter y no lo acaban."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    decoder.decode(data)
    half = decoder.getstate()[0]
    return b"" if len(half) == 2 and half[0] == 0xED and half[1] >= 0xA0 else half


def visible(data):
    """El texto de unos bytes, sin un último carácter a medias."""
    return data[: len(data) - len(unfinished(data))].decode(errors="replace")


def joined(ids):
    """Los bytes del texto de unos tokens."""
    return b"".join(bytes_of(token) for token in ids)


@cache
def pieces():
    """Los bytes de cada token del vocabulario."""
    return [bytes_of(token) for token in range(model.config.get_text_config().vocab_size)]


@cache
def with_text():
    return [token for token, data in enumerate(pieces()) if data]


def without(scores, cuts):
    """Quita a cada fila sus tokens, si le queda algún otro que sea texto."""
    left = scores.clone()
    for row, tokens in enumerate(cuts):
        left[row, tokens] = -torch.inf
        if not (left[row, with_text()] > -torch.inf).any():
            left[row] = scores[row]
    return left


# Los tokens de PROMPT, sin los que ya estaban escritos detrás.
START_IDS = prompt_ids[: max(0, len(prompt_ids) - len(PREFIX_IDS))]
'''

WORD_START = r'''
# Las letras de las escrituras que no separan las palabras.
UNSPACED = regex.compile(
    r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}"
    r"\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]"
)


@cache
def letter_starts():
    """Los primeros bytes de todas las letras y cifras."""
    letters = filter(is_word, map(chr, range(0x110000)))
    return {letter.encode()[:size] for letter in letters for size in (1, 2, 3)}


@cache
def in_word():
    """Los tokens que empiezan, o pueden empezar, por una letra o una cifra."""
    found = []
    for token in with_text():
        data = pieces()[token]
        text = visible(data)
        if is_word(text[0]) if text else data in letter_starts():
            found.append(token)
    return found


class WholeWordStart(LogitsProcessor):
    """El texto nuevo no sigue a media palabra la última del texto de partida."""

    def __call__(self, input_ids, scores):
        end = visible(joined(input_ids[0].tolist()))[-1:]
        is_start = input_ids.shape[1] == len(START_IDS)
        if not (is_start and end and is_word(end)) or UNSPACED.match(end):
            return scores
        return without(scores, [in_word()] * len(scores))
'''

PLAIN_TEXT = Template(r'''
# Lo que no tiene un texto llano: etiquetas, líneas vacías y caracteres rotos; salvo que
# PROMPT ya lo tenga. No cuentan el resto de un carácter cortado ni el fin de línea de Windows.
START_TEXT = $start_text.replace("\r", "")
SPOILERS = [
    re.compile(rule)
    for rule in (r"<[A-Za-z/!?]|\[/", r"\n\s*\n", "[\0-\x08\x0b-\x1f\x7f-\x9f\ufffd]")
    if not re.search(rule, START_TEXT)
]


@cache
def spoilt_after(end, half):
    """Los tokens que lo escribirían tras un final del texto y un carácter a medias."""
    return [
        token
        for token in with_text()
        if any(rule.search(end + visible(half + pieces()[token])) for rule in SPOILERS)
    ]


class PlainText(LogitsProcessor):
    """No se escriben etiquetas, líneas vacías ni caracteres rotos."""

    def __call__(self, input_ids, scores):
        cuts = []
        for ids in input_ids.tolist():
            data = joined(ids)
            text = visible(data)
            breaks = text[len(text.rstrip()) :].count("\n")
            end = text[-1] if text.endswith(("<", "[")) else "\n" * min(breaks, 1)
            cuts.append(spoilt_after(end, unfinished(data)))
        return without(scores, cuts)
''')
START_TEXT = "visible(joined(START_IDS).lstrip(bytes(range(0x80, 0xC0))))"
SOURCE_TEXT = "tokenizer.decode(SOURCE_IDS, skip_special_tokens=True)"

SENTENCE_END = Template('''
# Pasado el límite, el texto sigue hasta que acaba una frase, con estos tokens como mucho.
LIMIT = $limit
EXTRA = $extra
# Lo que el último de ellos suma a lo que acaba una frase; los de antes, una parte.
LIFT = $lift
MARKS = $marks
CLOSERS = $closers
# Palabras que un punto abrevia.
SHORTENED = $shortened


def without_closing(text):
    """Un texto sin los espacios y los signos que cierran su final."""
    end = len(text)
    while end and (text[end - 1].isspace() or text[end - 1] in CLOSERS):
        end -= 1
    return text[:end]


def ends_sentence(text):
    """Mira si un texto acaba una frase: un punto tras una abreviatura o «12» no la acaba."""
    body = without_closing(text)
    marks = body[len(body.rstrip(MARKS)) :]
    if marks != ".":
        return bool(marks)
    start = len(body) - 1
    while start and is_word(body[start - 1]):
        start -= 1
    word = body[start:-1]
    is_number = word.isdigit() and len(word) <= 3
    return len(word) != 1 and not is_number and word.casefold() not in SHORTENED


def ends_paragraph(text):
    """Mira si un texto acaba en una línea vacía, tras algo completo."""
    body = text.rstrip()
    is_complete = bool(body) and (is_word(body[-1]) or body[-1] in CLOSERS)
    return is_complete and text[len(body) :].count("\\n") >= 2


def is_sentence_end(new_ids):
    """Mira si un texto que ha llegado al límite para aquí."""
    if len(new_ids) < LIMIT:
        return False
    text = visible(joined(prompt_ids + new_ids))
    return ends_sentence(text) or ends_paragraph(text)


@cache
def with_mark():
    """El texto de los tokens con algún signo de los que acaban una frase."""
    texts = {token: visible(pieces()[token]) for token in with_text()}
    return {token: text for token, text in texts.items() if any(mark in text for mark in MARKS)}


class SentenceEnd(LogitsProcessor):
    """Pasado el límite, sube lo que acaba una frase, más cuantos menos tokens quedan."""

    def __call__(self, input_ids, scores):
        behind = input_ids.shape[1] - len(prompt_ids) - LIMIT
        if behind < 0:
            return scores
        scores = scores.clone()
        for row, ids in enumerate(input_ids.tolist()):
            text = visible(joined(ids))
            ends = [token for token, added in with_mark().items() if ends_sentence(text + added)]
            scores[row, ends] += LIFT * min(1.0, (behind + 1) / EXTRA)
        return scores
''')

LETTERS_IMPORTS = (
    "import gzip",
    "from bisect import bisect_left",
    "from functools import cached_property",
    "from pathlib import Path",
    "from typing import NamedTuple",
    "from transformers.utils import cached_file",
)
SAME_LETTERS = Template(r'''
# Qué puede seguir a qué si el texto nuevo tiene las mismas letras que SOURCE.
$source


# Las formas de las palabras conocidas, si el modelo trae la lista.
try:
    KNOWN = Spellings.read(Path(cached_file(MODEL, SPELLINGS_FILE, revision=REVISION)))
except OSError:
    KNOWN = NOTHING_KNOWN
LETTERS = SourceLetters(tokenizer.decode(SOURCE_IDS, skip_special_tokens=True), KNOWN)


@cache
def kept_after(state):
    """Los tokens que siguen con las letras, y el final si están todas."""
    fits = [token for token in with_text() if LETTERS.after(state, pieces()[token]) is not None]
    return fits + (ends if LETTERS.is_end(state) else [])


class SameLetters(LogitsProcessor):
    """Las letras del texto de partida no cambian: solo sus tildes, mayúsculas y signos."""

    def __call__(self, input_ids, scores):
        left = torch.full_like(scores, -torch.inf)
        for row, ids in enumerate(input_ids.tolist()):
            state = LETTERS.after(State(), joined(ids))
            if state is not None:
                left[row, kept_after(state)] = scores[row, kept_after(state)]
            if not (left[row] > -torch.inf).any():
                left[row] = scores[row]
        return left
''')
