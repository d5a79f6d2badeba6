"""A small corpus in the form of the large one."""

import lzma

import pytest

SENTENCES = (
    "El niño comió piña en la montaña.",
    "¿Quién es usted? —preguntó la señora.",
    "La vida es sueño, y los sueños, sueños son.",
    "Caminante, no hay camino: se hace camino al andar.",
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    for name in ("modern", "novelas"):
        documents = [
            "\n".join(f"{name} {n}. {sentence}" for sentence in SENTENCES for _ in range(3))
            + (" La función del módulo python." * 9 if n % 2 else "")
            for n in range(48)
        ]
        text = "\n<|endoftext|>\n".join(documents)
        (folder / f"{name}.txt.xz").write_bytes(lzma.compress(text.encode()))
    return folder
