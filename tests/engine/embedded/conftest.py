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
    for name in ("modern", "modern2", "novelas"):
        documents = [
            "\n".join(f"{name} {n}. {sentence}" for sentence in SENTENCES for _ in range(3))
            + (" La función del módulo python." * 9 if n % 2 else "")
            for n in range(48)
        ]
        _write(folder / f"{name}.txt.xz", documents)
    plays = [
        " ".join(f"—¿Es usted de la escena {n}? —Sí, y usted, ¿de qué escena es?" for _ in range(4))
        for n in range(48)
    ]
    _write(folder / "plays.txt.xz", plays)
    return folder


def _write(path, documents):
    path.write_bytes(lzma.compress("\n<|endoftext|>\n".join(documents).encode()))
