"""What is said about each filter: every wording of one filter in one entry.

In the templates `{value}` is the setting's value, `{share}` the value as a percentage and `{range}`
the numbers that it takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple


@dataclass(frozen=True, kw_only=True)
class StageWords:
    """How a stage of a step is told.

    Attributes:
        label: In the funnel's picture and the examples of the glossary.
        in_sentence: Within a sentence, where that is not the label.
        does: What it does to the tokens: a clause of the funnel that the count follows if the
            stage cuts, a whole sentence if it reshapes.
        does_below_one: The same for a value under 1, where that does the opposite.
        why: What it asks of a token, behind its name: «la quitó top-k 5, que solo …».
    """

    label: str
    in_sentence: str = ""
    does: str
    does_below_one: str = ""
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class FilterWords(StageWords):
    """How a filter with a setting of its own is told, too.

    Attributes:
        name: Of the setting, at most 14 characters.
        is_feminine: Whether the name is.
        in_line: Name in the line under a reply, where that is not `name`.
        title: Over its box in a form.
        hint: Under that title.
        neutral: What the value means that switches it off.
        off: How a change to that value is proposed, where not by the value.
        change: How a change to another value is proposed, where not by name and value.
        key: What its `DEFAULT_…` key is.
        example: A value of that key.
    """

    name: str
    is_feminine: bool = False
    in_line: str = ""
    title: str
    hint: str
    neutral: str = ""
    off: str = ""
    change: str = ""
    key: str
    example: str


class Form(NamedTuple):
    """Settings that are changed together.

    Attributes:
        title: Its name.
        contents: What is in it.
        fields: Its settings: at most five, as many as a modal holds.
    """

    title: str
    contents: str
    fields: tuple[str, ...]


FILTERS: Mapping[str, FilterWords] = MappingProxyType(
    {
        "temperature": FilterWords(
            name="temperatura",
            is_feminine=True,
            in_line="T",
            title="Temperatura",
            hint="Baja es fiel, alta es loca; 0 es greedy: {range}.",
            key="Temperatura.",
            example="0.8",
            label="temperatura {value}",
            does=(
                "**Temperatura {value}** quita ventaja a los favoritos y la reparte; no descarta "
                "ninguno."
            ),
            does_below_one=(
                "**Temperatura {value}** da más a los favoritos y menos al resto; no quita ninguno."
            ),
        ),
        "top_k": FilterWords(
            name="top-k",
            title="Top-k",
            hint="Solo las k más probables; 0 = sin corte: {range}.",
            neutral="sin corte",
            key="Top-k; 0 = sin corte.",
            example="0",
            label="top-k {value}",
            does="**top-k {value}** deja los {value} más probables",
            why=", que solo deja pasar las {value} más probables",
        ),
        "top_p": FilterWords(
            name="top-p",
            title="Top-p",
            hint="Las más probables hasta sumar p; 1 = sin corte: {range}.",
            neutral="sin corte",
            key="Top-p; 1 = sin corte.",
            example="0.9",
            label="top-p {value}",
            does="**top-p {value}** deja los más probables hasta sumar el {share}",
            why=", que solo deja pasar las más probables hasta sumar un {share}",
        ),
        "min_p": FilterWords(
            name="min-p",
            title="Min-p",
            hint="Al menos esta parte de la mejor; 0 = sin corte: {range}.",
            neutral="sin corte",
            key="Min-p; 0 = sin corte.",
            example="0",
            label="min-p {value}",
            does="**min-p {value}** deja los que llegan al {share} de lo que tiene el favorito",
            why=", que pide al menos un {share} de lo que tiene la más probable",
        ),
        "typical_p": FilterWords(
            name="typical-p",
            title="Typical-p",
            hint="Las de sorpresa más normal; 1 = sin corte: {range}.",
            neutral="sin corte",
            key="Typical-p; 1 = sin corte.",
            example="1",
            label="typical-p {value}",
            does=(
                "**typical-p {value}** deja los de sorpresa más cercana a la media, hasta sumar el "
                "{share}"
            ),
            why=", que solo deja pasar las que sorprenden lo normal, hasta sumar un {share}",
        ),
        "epsilon_cutoff": FilterWords(
            name="corte épsilon",
            in_line="épsilon",
            title="Corte épsilon",
            hint="Fuera las de menos probabilidad; 0 = sin corte: {range}.",
            neutral="sin corte",
            key="Corte épsilon; 0 = sin corte.",
            example="0",
            label="épsilon {value}",
            in_sentence="el corte épsilon {value}",
            does="**Épsilon {value}** quita los que no llegan al {share}",
            why=", que pide al menos un {share}",
        ),
        "eta_cutoff": FilterWords(
            name="corte eta",
            in_line="eta",
            title="Corte eta",
            hint="Como épsilon, según la entropía; 0 = sin corte: {range}.",
            neutral="sin corte",
            key="Corte eta; 0 = sin corte.",
            example="0",
            label="eta {value}",
            in_sentence="el corte eta {value}",
            does=(
                "**Eta {value}** quita los que no llegan a un mínimo, más bajo cuanto más duda el "
                "modelo"
            ),
            why=", que pide más cuanto menos duda el modelo",
        ),
        "top_h": FilterWords(
            name="top-h",
            title="Top-h",
            hint="Las mejores hasta esta parte de la entropía; 1 = sin corte: {range}.",
            neutral="sin corte",
            key="Top-h (corte por entropía); 1 = sin corte.",
            example="1",
            label="top-h {value}",
            does=(
                "**top-h {value}** deja los más probables mientras su entropía no pase del {share} "
                "de la de los 100 primeros"
            ),
            why=", que solo deja pasar las más probables hasta un {share} de la entropía",
        ),
        "diversity_penalty": FilterWords(
            name="diversidad",
            is_feminine=True,
            title="Diversidad (haces diversos)",
            hint="Lo que baja un token que ya eligió otro grupo; 0 = nada: {range}.",
            neutral="no pesa",
            key="Diversidad de los haces diversos; 0 = ninguna.",
            example="1",
            label="diversidad {value}",
            does=(
                "**Diversidad {value}** baja los tokens que los grupos anteriores acaban de "
                "elegir, una vez por cada haz; no quita ninguno."
            ),
        ),
        "repetition_penalty": FilterWords(
            name="penalización",
            is_feminine=True,
            title="Penalización por repetición",
            hint="Más de 1 evita lo ya dicho; 1 = ninguna: {range}.",
            neutral="ninguna",
            off="sin penalización",
            key="Penalización por repetición; 1 = ninguna.",
            example="1",
            label="penalización {value}",
            does=(
                "**Penalización {value}** baja los tokens que ya están en el texto; no quita "
                "ninguno."
            ),
            does_below_one=(
                "**Penalización {value}** sube los tokens que ya están en el texto; no quita "
                "ninguno."
            ),
        ),
        "no_repeat_ngram_size": FilterWords(
            name="sin repetir",
            title="Sin repetir n-gramas de tamaño",
            hint="0 = sin límite: {range}.",
            neutral="sin límite",
            off="sin la regla de no repetir",
            change="la regla de no repetir en {value}",
            key="Tamaño de n-grama que no se repite; 0 = ninguno.",
            example="0",
            label="sin repetir grupos de {value}",
            in_sentence="la regla de no repetir grupos de {value}",
            does=(
                "**Sin repetir grupos de {value}** prohíbe lo que repetiría {value} tokens seguidos"
            ),
        ),
        "min_new_tokens": FilterWords(
            name="mínimo",
            title="Tokens como mínimo",
            hint="Antes de estos no puede acabar; 0 = sin mínimo: {range}.",
            neutral="sin mínimo",
            key="Tokens que escribe como mínimo; 0 = los que quiera.",
            example="0",
            label="al menos {value} tokens",
            in_sentence="el mínimo de {value} tokens",
            does="**Al menos {value} tokens** no deja acabar el texto mientras no estén escritos",
            why=", que no deja acabar el texto antes",
        ),
        "whole_word_start": FilterWords(
            name="palabra entera",
            is_feminine=True,
            title="Empezar en palabra entera",
            hint="Lo nuevo no sigue a media palabra la última tuya.",
            neutral="puede seguirla",
            off="sin la regla de palabra entera",
            key="Que lo nuevo empiece en palabra entera.",
            example="true",
            label="palabra entera",
            in_sentence="la regla de palabra entera",
            does=(
                "**Palabra entera** quita los que seguirían a media palabra la última del texto "
                "de partida"
            ),
            why=", que no deja empezar en mitad de una palabra",
        ),
        "plain_text": FilterWords(
            name="texto llano",
            title="Texto llano",
            hint="Sin etiquetas, líneas vacías ni letras rotas.",
            neutral="sin vigilar",
            off="sin la regla de texto llano",
            key="Que no escriba etiquetas, líneas vacías ni letras rotas.",
            example="true",
            label="texto llano",
            in_sentence="la regla de texto llano",
            does=(
                "**Texto llano** quita los que escribirían etiquetas, líneas vacías o letras rotas"
            ),
            why=", que no deja escribir etiquetas, líneas vacías ni letras rotas",
        ),
        "sentence_end_tokens": FilterWords(
            name="fin de frase",
            title="Tokens de más hasta acabar la frase",
            hint="Con 0, el texto se corta donde toque: {range}.",
            neutral="se corta donde toque",
            key="Tokens de más para acabar la frase; 0 = se corta donde toque.",
            example="20",
            label="fin de frase {value}",
            in_sentence="la regla de acabar la frase",
            does=(
                "**Fin de frase {value}** sube los que acaban la frase, más cuantos menos "
                "tokens quedan; no quita ninguno."
            ),
        ),
    }
)
"""By the name of the setting, in the order in which the line under a reply lists them."""

STAGES: Mapping[str, StageWords] = MappingProxyType(
    {
        **FILTERS,
        "bad_words": StageWords(
            label="palabras vetadas",
            in_sentence="las palabras vetadas",
            does="**Palabras vetadas** quita las que este servidor no permite",
        ),
        "bad_words_ids": StageWords(
            label="sin relleno",
            in_sentence="la regla de no escribir el relleno",
            does="**Sin relleno** quita los tokens de servicio que el modelo nunca escribe",
        ),
        "forced": StageWords(
            label="forzado",
            in_sentence="el token forzado",
            does="**Forzado** deja solo el token que el modelo exige ahí",
        ),
        "same_letters": StageWords(
            label="mismas letras",
            in_sentence="la regla de las mismas letras",
            does="**Mismas letras** quita los que cambiarían una letra del texto de partida, o la "
            "tilde o la mayúscula de una palabra conocida, o pondrían un signo donde no va",
            why=", que no deja cambiar las letras del texto de partida, ni las tildes y las "
            "mayúsculas de las palabras conocidas",
        ),
    }
)
"""Every stage that reshapes or cuts the scores of a step.

The word list has no setting, nor has what an encoder-decoder demands or rules out by itself.
"""

FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "sampling": Form(
            "Muestreo",
            "temperatura, top-k, top-p, min-p y typical-p",
            ("temperature", "top_k", "top_p", "min_p", "typical_p"),
        ),
        "tail": Form(
            "Cortes finos",
            "top-h, épsilon y eta: quitan la cola menos probable",
            ("top_h", "epsilon_cutoff", "eta_cutoff"),
        ),
        "repetition": Form(
            "Repetición",
            "penalización, n-gramas que no se repiten y alfa",
            ("repetition_penalty", "no_repeat_ngram_size", "penalty_alpha"),
        ),
    }
)
"""The forms in which the filters are set."""
