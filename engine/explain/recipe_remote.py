"""A Python script that asks the same server for the same text, and says what it cannot promise."""

from __future__ import annotations

import pprint
from string import Template
from typing import Any

from engine.listed import RemoteFacts
from engine.requests import GenerationRequest
from engine.trace import Completion

_WIDTH = 96
_SCRIPT = Template('''\
"""Pide otra vez un texto a un modelo que está en un servidor. Solo usa la biblioteca de Python.

No repite el texto con seguridad, como hacen las recetas de los modelos de aquí: $promise
Tampoco se sabe con qué filtros, dado ni precisión escribe; lo que el servidor no dice no está aquí.

Uso: OPENAI_API_KEY=tu-clave python receta.py [dirección base]
"""

import json
import os
import sys
import urllib.request

SERVIDOR = sys.argv[1] if len(sys.argv) > 1 else $url
PETICION = $body
SALIO = $texts

claves = {"Content-Type": "application/json"}
if "OPENAI_API_KEY" in os.environ:
    claves["Authorization"] = "Bearer " + os.environ["OPENAI_API_KEY"]
peticion = urllib.request.Request(
    SERVIDOR + "/completions", data=json.dumps(PETICION).encode(), headers=claves
)
with urllib.request.urlopen(peticion, timeout=300) as respuesta:
    datos = json.load(respuesta)
textos = [opcion["text"] for opcion in sorted(datos["choices"], key=lambda una: una["index"])]
for numero, texto in enumerate(textos, start=1):
    print(f"--- intento {numero}")
    print(PETICION["prompt"] + texto)
print("\\nIgual que entonces." if textos == SALIO else "\\nEsta vez ha escrito otra cosa.")
''')
_SEEDED = "se le envía\nla misma semilla, pero cada servidor decide si la respeta."
_GREEDY = "se le pide\nsiempre lo más probable, pero el servidor puede haber cambiado."
_UNSEEDED = "echa a suertes\ny no admite semilla, así que lo normal es que salga otra cosa."


def remote_recipe(request: GenerationRequest, completion: Completion, facts: RemoteFacts) -> str:
    """Return the script of an answer; it has no key.

    Args:
        request: What was asked.
        completion: What was answered.
        facts: Of the server that answered.
    """
    if not completion.params.is_sampled:
        promise = _GREEDY
    else:
        promise = _SEEDED if facts.is_seed_sent else _UNSEEDED
    return _SCRIPT.substitute(
        promise=promise,
        url=repr(facts.base_url),
        body=_literal(_body(request, completion, facts)),
        texts=_literal([attempt.text for attempt in completion.attempts]),
    )


def _body(request: GenerationRequest, completion: Completion, facts: RemoteFacts) -> dict[str, Any]:
    params = completion.params
    body: dict[str, Any] = {
        "model": facts.model,
        "prompt": request.prompt + (completion.prefix_text or ""),
        "max_tokens": params.max_new_tokens,
        "temperature": params.temperature if params.is_sampled else 0,
    }
    if params.is_sampled:
        body["top_p"] = params.top_p
        if params.attempts > 1:
            body["n"] = params.attempts
        if facts.is_seed_sent:
            body["seed"] = request.seed
    if params.stop:
        body["stop"] = list(params.stop)
    if facts.top_n:
        body["logprobs"] = facts.top_n
    return body


def _literal(value: object) -> str:
    return pprint.pformat(value, width=_WIDTH, sort_dicts=False)
