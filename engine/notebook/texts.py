"""The words of the notebook around its steps: Spanish, for people who have never programmed."""

from __future__ import annotations

from string import Template

TITLE = Template("""
# Cómo escribe un decodificador

La clase del taller «NLP de 0 a 100 con Hugging Face» sobre decodificadores y generación de texto, \
paso a paso y con un modelo de verdad. Se ejecuta de arriba abajo («Ejecutar todo»); solo necesita \
`$packages`.

- Modelo: **$model**$revision.
- Semilla: $seed. Con la misma semilla y el mismo modelo salen los mismos textos.
- «Cuaderno» son los números que guarda el cuaderno del taller, hechos con `$notebook_model`. Con \
otro modelo salen otros: así tiene que ser.
- Hecho por Unicornio con $versions.
""")
REVISION = Template(" (revisión `$revision`)")
VERSIONS = Template("torch $torch y transformers $transformers")
PACKAGES_LINE = Template("""
# Quita el # de la línea de abajo si falta algo (en Colab, por ejemplo).
# %pip install -q $packages
""")

EMBEDDED_NOTE = """
`unicornio-9m` no está en el hub: es la carpeta `engine/embedded` del código de Unicornio. Cópiala \
al lado de este cuaderno con el nombre `unicornio-9m`, o pon en `MODEL` otro modelo, por ejemplo \
`"mrm8488/spanish-gpt2"`.
"""
FOLDER_NOTE = """
Este modelo es una carpeta de la máquina donde se dio la clase. Pide esa carpeta y ponla al lado \
de este cuaderno, o cambia `MODEL` por otra carpeta o un id del hub.
"""
FILE_NOTE = """
Este modelo es un archivo de la máquina donde se dio la clase. Pide ese archivo y ponlo al lado de \
este cuaderno, o cambia su nombre en `MODEL`.
"""

STEP = Template("""
## $number. $title

$idea
""")
QUESTION = Template("**Para pensar:** $question")
IN_CLASS = "**Lo que salió en clase**"
IN_CLASS_HEADER = "| | cuaderno | en clase |\n|---|---|---|"
IN_CLASS_ROW = Template("| $what | $notebook | $ours |")
NO_NUMBER = "—"
FILE_NAME = Template("clase-$model.ipynb")

DESCRIPTION = "Escribe la clase del taller como un cuaderno que se ejecuta solo con transformers."
HELP_MODEL = "id del hub, carpeta o nombre del catálogo; si no, el del cuaderno del taller"
HELP_REVISION = "rama, etiqueta o commit del hub"
HELP_SEED = "semilla de lo que sale con dado; si no, la del taller"
HELP_OUT = "archivo que se escribe"
WRITTEN = "Escrito {path}. Ábrelo con Jupyter, VS Code o Colab."
NOT_WRITTEN = "No se ha podido escribir {path}: {error}."
NOT_DECODER = "{model} no es un modelo de esta máquina o del hub que siga textos."
