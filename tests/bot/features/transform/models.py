"""Encoder-decoders as the engine lists them."""

from dataclasses import replace

from engine import ModelInfo

ACCENTS = ModelInfo(
    name="unicornio-tildes",
    display_name="unicornio-tildes",
    family="T5",
    licence="Apache-2.0",
    parameters=8_000_000,
    n_positions=256,
    vocab_size=16_000,
    revision="4567",
    weights_bytes=14_000_000,
    is_loaded=True,
    kind="encoder_decoder",
)
T5 = replace(
    ACCENTS,
    name="t5",
    display_name="T5",
    takes_task=True,
    tasks=("summarization", "translation_en_to_de", "translation_es_to_fr"),
)
M2M100 = replace(
    ACCENTS,
    name="m2m100",
    display_name="M2M100",
    family="M2M100",
    source_languages=("en", "es", "fr"),
    target_languages=("en", "es", "fr"),
)
MARIAN = replace(ACCENTS, name="marian", display_name="opus-mt-es-en", family="Marian")
