"""What every step of the notebook needs: the model, and a few small functions."""

from __future__ import annotations

from string import Template

LOAD = Template("""
import random

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    LogitsProcessorList,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    set_seed,
)

MODEL = $model
REVISION = $revision
SEED = $seed

tokenizer = AutoTokenizer.from_pretrained(MODEL, revision=REVISION)
model = AutoModelForCausalLM.from_pretrained(MODEL, revision=REVISION, dtype=torch.float32)
model.eval();
""")

LOAD_GGUF = Template("""
import random
from pathlib import Path

import torch
$imports
from transformers import (
    AutoModelForCausalLM,
    GgufConfig,
    LogitsProcessorList,
    PreTrainedTokenizerFast,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    set_seed,
)

# Un archivo GGUF, con los pesos redondeados: se deshace el redondeo y se calcula en float32.
MODEL = Path($model)
SEED = $seed

source = {"pretrained_model_name_or_path": MODEL.parent, "gguf_file": MODEL.name}
tokenizer = PreTrainedTokenizerFast.from_pretrained(**source)
model = AutoModelForCausalLM.from_pretrained(
    **source, dtype=torch.float32, quantization_config=GgufConfig(dequantize=True)
)
model.eval();
""")

TOOLS = Template('''
LOVE = $love
UNICORNS = $unicorns
# Los dos acaban en un espacio, como en el cuaderno: cambia cuál es el primer token.

# Lo que caben entre principio y texto: lo que pide el cuaderno, o lo que el modelo puede mirar.
MAX_LENGTH = min($max_length, getattr(model.config, "max_position_embeddings", $max_length))

# Los tokens que acaban un texto: los dice el primero que los sepa.
holders = (model.generation_config, model.config, tokenizer)
stated = [getattr(holder, "eos_token_id", None) for holder in holders]
ENDS = next((ids for ids in stated if ids is not None), [])
ENDS = [ENDS] if isinstance(ENDS, int) else list(ENDS)


class Table:
    """Una tabla: en un cuaderno se ve como tal; en una terminal, en columnas."""

    def __init__(self, headers, rows):
        self.rows = [[str(cell) for cell in row] for row in (headers, *rows)]

    def _repr_html_(self):
        def cells(row, tag):
            safe = (c.replace("&", "&amp;").replace("<", "&lt;") for c in row)
            style = "text-align:left;white-space:pre"
            return "".join(f'<{tag} style="{style}">{c}</{tag}>' for c in safe)

        head, *body = self.rows
        lines = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in body)
        return f"<table><tr>{cells(head, 'th')}</tr>{lines}</table>"

    def __repr__(self):
        widths = [max(map(len, column)) for column in zip(*self.rows)]
        return "\\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
            for row in self.rows
        )


def number(value, decimals=2):
    """Un número con coma decimal."""
    return f"{value:.{decimals}f}".replace(".", ",").replace("-", "−")


def percent(value, decimals=2):
    """Una probabilidad, de cada 100."""
    return number(100 * float(value), decimals) + " %"


def encode(text):
    """Los números de los tokens de un texto, en una fila."""
    encoding = tokenizer(text, return_special_tokens_mask=True)
    end = len(encoding["input_ids"])
    # Un token de fin que el tokenizador ponga detrás no es parte del texto, que sigue.
    while encoding["special_tokens_mask"][end - 1]:
        end -= 1
    return torch.tensor([encoding["input_ids"][:end]])


def word(token):
    """Un token como se lee: ␣ es un espacio y ⏎, una línea nueva."""
    return tokenizer.decode([int(token)]).replace(" ", "␣").replace("\\n", "⏎")


def text_of(ids):
    """El texto de una fila de tokens."""
    return tokenizer.decode(ids[0], skip_special_tokens=True)


def next_probs(ids):
    """La probabilidad de cada token del vocabulario de ser el siguiente."""
    with torch.inference_mode():
        return torch.softmax(model(ids).logits[0, -1].float(), -1)


def generate(prompt, **options):
    """El generate() de transformers: devuelve el principio y lo nuevo, en una fila."""
    start = encode(prompt)
    mask = torch.ones_like(start)
    with torch.inference_mode():
        return model.generate(start, attention_mask=mask, pad_token_id=0, **options)
''')
