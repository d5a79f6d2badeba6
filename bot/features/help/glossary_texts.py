"""The glossary: each word of the lesson, short and with a tiny example."""

from __future__ import annotations

from collections.abc import Mapping

MENUS: Mapping[str, tuple[str, ...]] = {
    "Glosario: cómo elige…": (
        "token",
        "vocabulario",
        "contexto",
        "logit",
        "softmax",
        "crudo-y-final",
        "atencion",
        "mascara",
        "atencion-cruzada",
        "codificador",
        "decodificador",
        "codificador-decodificador",
        "greedy",
        "muestreo",
        "beam-search",
        "muestreo-y-orden",
        "busqueda-contrastiva",
        "dado",
        "semilla",
        "token-final",
    ),
    "Glosario: filtros y más…": (
        "temperatura",
        "top-k",
        "top-p",
        "min-p",
        "typical-p",
        "epsilon-y-eta",
        "penalizacion-por-repeticion",
        "n-grama",
        "penalizacion-de-longitud",
        "entropia",
        "sorpresa",
        "log-prob",
        "perplejidad",
    ),
}
"""What a menu says → its terms, 25 at most."""
OF_FAMILIES = frozenset(
    {
        "mascara",
        "atencion-cruzada",
        "codificador",
        "decodificador",
        "codificador-decodificador",
    }
)
"""Terms whose live example is a command: it takes more than one model."""

TERMS: Mapping[str, tuple[str, str]] = {
    "token": (
        "Token",
        "Un trozo de texto: una palabra, parte de una palabra o un signo. El modelo no ve letras, "
        "ve tokens, y escribe uno cada vez.\n"
        "-# Ejemplo: «unicornios» puede ser dos tokens, «␣unicorn» y «ios». El ␣ es el espacio de "
        "delante.",
    ),
    "vocabulario": (
        "Vocabulario",
        "La lista de todos los tokens que un modelo conoce. En cada paso reparte el 100 % entre "
        "todos ellos.\n"
        "-# Ejemplo: Gemma 3 tiene 262 144; GPT-2, unos 50 000.",
    ),
    "contexto": (
        "Contexto",
        "Cuántos tokens ve el modelo a la vez, contando tu texto y lo que escribe. Si tu texto es "
        "más largo, se corta por la izquierda y te lo digo.\n"
        "-# Ejemplo: GPT-2 ve 1024 tokens, unas 700 palabras.",
    ),
    "logit": (
        "Logit",
        "La nota que el modelo pone a cada token antes de convertirla en probabilidad. Puede ser "
        "cualquier número; solo importan las diferencias.\n"
        "-# Ejemplo: «amor» 2, «vida» 1, «mar» 0.",
    ),
    "softmax": (
        "Softmax",
        "La cuenta que convierte los logits en probabilidades que suman 100 %: e elevado a cada "
        "logit, dividido entre la suma de todos.\n"
        "-# Ejemplo: los logits 2, 1 y 0 dan 66,5 %, 24,5 % y 9,0 %.",
    ),
    "crudo-y-final": (
        "Crudo y final",
        "**Crudo** es lo que dice el modelo: temperatura 1 y ningún corte. **Final** es lo que "
        "queda después de la temperatura, las penalizaciones y los cortes; con eso se elige.\n"
        "-# Ejemplo: con top-k 2, de 66,5 %, 24,5 % y 9,0 % crudos quedan 73,1 %, 26,9 % y 0 %.",
    ),
    "atencion": (
        "Atención",
        "Cuánto mira cada token a los de antes y a sí mismo para saber qué viene. En un "
        "decodificador nadie mira a la derecha: la máscara lo tapa.\n"
        "-# Ejemplo: en «el gato come porque tiene hambre», «tiene» puede mirar más a «gato».",
    ),
    "mascara": (
        "Máscara (atención enmascarada)",
        "Lo que tapa a cada token los que vienen después, para que el modelo aprenda a "
        "adivinarlos. Debajo queda un triángulo; encima, todo vale exactamente 0.\n"
        "-# Ejemplo: al leer «gato» en «el gato duerme», «duerme» está tapado. Con tu frase: "
        "/familias.",
    ),
    "atencion-cruzada": (
        "Atención cruzada",
        "Cuánto mira cada token que se escribe a los del texto que se lee, en un "
        "codificador-decodificador.\n"
        "-# Ejemplo: al traducir, «cat» mira sobre todo a «gato». Con tu frase: /familias.",
    ),
    "codificador": (
        "Codificador (encoder)",
        "Un modelo que lee el texto entero de una vez: cada token ve los de los dos lados. Rellena "
        "huecos o clasifica, pero no sigue textos. BERT, DistilBERT y RoBERTa lo son.\n"
        "-# Ejemplo: `/rellenar texto:Me gusta el café con ___`.",
    ),
    "decodificador": (
        "Decodificador (decoder)",
        "Un modelo que escribe de izquierda a derecha: cada token ve solo los de antes, y así "
        "puede decir cuál viene. Los GPT y CTRL lo son.\n"
        "-# Ejemplo: `/continuar texto:Había una vez`.",
    ),
    "codificador-decodificador": (
        "Codificador-decodificador (encoder-decoder)",
        "Un codificador que lee un texto y un decodificador que escribe otro, mirando el primero "
        "con la atención cruzada. El transformer original, T5 y M2M100 lo son.\n"
        "-# Ejemplo: `/transformar texto:la cancion que mas me gusta`.",
    ),
    "greedy": (
        "Greedy",
        "Elegir siempre el token más probable. No hay azar: siempre sale lo mismo, y a menudo se "
        "repite.\n"
        "-# Ejemplo: entre «amor» 66,5 % y «vida» 24,5 %, siempre «amor».",
    ),
    "muestreo": (
        "Muestreo",
        "Elegir con un dado: cada token sale tantas veces como diga su probabilidad final.\n"
        "-# Ejemplo: con «vida» al 24,5 %, sale más o menos una de cada cuatro veces.",
    ),
    "beam-search": (
        "Haces (beam search)",
        "Seguir varias frases a la vez (los haces) y quedarse en cada paso con las de mayor "
        "probabilidad en conjunto. Encuentra frases más probables que greedy, pero más sosas.\n"
        "-# Ejemplo: greedy coge 60 % y luego 10 % (6 %); un haz cogió 40 % y luego 50 % (20 %).",
    ),
    "muestreo-y-orden": (
        "Mejor de varios",
        "Escribir varios textos con dado y poner delante el más probable por token "
        "(sample-and-rank); con cinco, «mejor de 5».\n"
        "-# Ejemplo: de −2,1, −3,4 y −1,8 por token, gana el de −1,8.",
    ),
    "busqueda-contrastiva": (
        "Contrastiva",
        "De las pocas más probables, elegir la que menos se parece por dentro a lo ya escrito: "
        "así no se repite. **Alfa** dice cuánto pesa el parecido (contrastive "
        "search).\n"
        "-# Ejemplo: con alfa 0,6, una de 50 % y parecido 0,9 vale −0,34; otra de 30 % y parecido "
        "0,6, −0,24: gana la segunda.",
    ),
    "temperatura": (
        "Temperatura",
        "Divide los logits antes del softmax. Menos de 1 acentúa lo probable; más de 1 lo iguala "
        "todo; 0 es greedy.\n"
        "-# Ejemplo: con logits 2, 1 y 0, T 0,5 da 86,7 %, 11,7 % y 1,6 %; T 2 da 50,6 %, 30,7 % "
        "y 18,6 %.",
    ),
    "top-k": (
        "Top-k",
        "Quedarse con los k tokens más probables y quitar el resto. 0 es sin corte.\n"
        "-# Ejemplo: top-k 2 sobre 66,5 %, 24,5 % y 9,0 % quita el tercero.",
    ),
    "top-p": (
        "Top-p",
        "Quedarse con los más probables hasta que sumen p (también se llama «nucleus»). Deja "
        "pocos si el modelo está seguro y muchos si duda. 1 es sin corte.\n"
        "-# Ejemplo: top-p 0,9 sobre 66,5 %, 24,5 % y 9,0 % deja dos, que suman 91 %.",
    ),
    "min-p": (
        "Min-p",
        "Quitar los tokens cuya probabilidad no llega a esa parte de la del mejor. 0 es sin "
        "corte.\n"
        "-# Ejemplo: con min-p 0,2 y el mejor al 66,5 %, fuera los de menos de 13,3 %.",
    ),
    "typical-p": (
        "Typical-p",
        "Quedarse con los tokens cuya sorpresa se parece más a la entropía, hasta que sumen p. "
        "Puede quitar hasta el más probable, si es demasiado obvio. 1 es sin corte.\n"
        "-# Ejemplo: con entropía 1,2 bits, uno de 0,6 bits de sorpresa entra antes que uno de "
        "3,5.",
    ),
    "epsilon-y-eta": (
        "Cortes épsilon y eta",
        "**Épsilon** quita los tokens con menos probabilidad que un umbral fijo. **Eta** hace lo "
        "mismo, pero el umbral baja cuando el modelo duda mucho. 0 es sin corte.\n"
        "-# Ejemplo: épsilon 0,001 quita lo que saldría menos de 1 de cada 1000 veces.",
    ),
    "penalizacion-por-repeticion": (
        "Penalización por repetición",
        "Baja los logits de los tokens que ya han salido, también en tu texto: los positivos se "
        "dividen, los negativos se multiplican. 1 es ninguna.\n"
        "-# Ejemplo: con 1,2, un logit 3 queda en 2,5 y un −3 en −3,6.",
    ),
    "n-grama": (
        "N-grama (sin repetir)",
        "Un grupo de n tokens seguidos. `sin_repetir:2` prohíbe que un mismo par salga dos "
        "veces.\n"
        "-# Ejemplo: si ya salió «el lago», después de otro «el» no puede venir «lago».",
    ),
    "penalizacion-de-longitud": (
        "Penalización de longitud",
        "En haces (beam search), la log-prob de cada frase se divide entre su longitud elevada a "
        "este número. Con 0 ganan las cortas; cuanto mayor, más ganan las largas.\n"
        "-# Ejemplo: −6 con 3 tokens y −8 con 5. Con 0 gana la primera; con 1, −2 contra −1,6, "
        "gana la segunda.",
    ),
    "entropia": (
        "Entropía",
        "Cuánto duda el modelo antes de elegir, en bits. 0 es que está seguro; cada bit más, el "
        "doble de opciones igual de buenas.\n"
        "-# Ejemplo: dos opciones al 50 % son 1 bit; ocho iguales, 3 bits.",
    ),
    "sorpresa": (
        "Sorpresa",
        "Cuánto se aparta de lo esperado el token que salió, en bits: −log₂ de su probabilidad "
        "cruda.\n"
        "-# Ejemplo: 50 % es 1 bit; 12,5 % son 3 bits; 0,1 %, unos 10.",
    ),
    "log-prob": (
        "Log-prob",
        "El logaritmo natural de una probabilidad. Las de una frase se suman; cuanto más cerca de "
        "0, más probable.\n"
        "-# Ejemplo: 50 % y luego 25 % son −0,69 y −1,39: la frase, −2,08.",
    ),
    "perplejidad": (
        "Perplejidad",
        "Entre cuántas opciones iguales es como si dudara el modelo en cada token de un texto: e "
        "elevado a la log-prob media, cambiada de signo.\n"
        "-# Ejemplo: −2,08 en 2 tokens da 2,8.",
    ),
    "dado": (
        "Dado",
        "Al muestrear, un número entre 0 y 1. Cada token ocupa un tramo tan ancho como su "
        "probabilidad final, y sale aquel donde cae el número.\n"
        "-# Ejemplo: «amor» 0–0,665 y «vida» 0,665–0,910. El dado saca 0,7: sale «vida».",
    ),
    "semilla": (
        "Semilla",
        "El número del que salen todos los dados de un texto. Con la misma semilla, el mismo "
        "modelo y los mismos ajustes sale el mismo texto.\n"
        "-# Ejemplo: la semilla está al pie de cada respuesta; cópiala en `semilla` para "
        "repetirla.",
    ),
    "token-final": (
        "Token final (EOS)",
        "El token con el que el modelo dice «ya he acabado». Si sale, el texto termina antes de "
        "llegar a los tokens pedidos.\n"
        "-# Ejemplo: pides 60 tokens y el texto acaba a los 34.",
    ),
}
"""Key → name and definition."""
