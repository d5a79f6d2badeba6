"""What `/ayuda` says: one page for each topic; the glossary's terms are in `glosario`."""

from __future__ import annotations

from collections.abc import Mapping

DESCRIPTION = "Cómo se usa, orden por orden, y un glosario"
OPTION_TOPIC = "Una orden, «privacidad» o una palabra del glosario: token, top-p, entropía…"
TOPICS_PLACEHOLDER = "Temas de ayuda…"
TERM_CHOICE = "glosario · {name}"
NOT_FOUND = "No tengo ayuda sobre «{typed}». Elige un tema o una palabra aquí abajo."
FIRST_TOPIC = "primeros-pasos"
GLOSSARY_TOPIC = "glosario"

TOPICS: Mapping[str, tuple[str, str, str]] = {
    "primeros-pasos": (
        "Primeros pasos",
        "Qué hago y por dónde empezar",
        "Soy un bot que **continúa textos** con un modelo de lenguaje y **enseña por qué** "
        "escribió cada palabra. Todo lo que escribo es inventado: no te lo creas.\n\n"
        "**1.** Escribe `/continuar` y el principio de una frase: `Había una vez un unicornio`.\n"
        "**2.** Pulsa **Explicar** debajo del texto: verás, trozo a trozo, qué otras palabras "
        "pudo elegir y con qué probabilidad.\n"
        "**3.** Repite con `temperatura:0,2` y con `temperatura:1,5`: fiel y loca.\n"
        "**4.** Con `intentos:10` escribo diez textos y te quedas con el mejor.\n\n"
        "Si una palabra te suena rara (token, top-p, entropía…), búscala en el glosario.",
    ),
    "continuar": (
        "/continuar",
        "Seguir un texto",
        "`/continuar texto:El amor es` escribe lo que sigue; lo ves crecer en el mismo mensaje.\n\n"
        "- `modelo`: cuál escribe (mira `/modelos`).\n"
        "- `estrategia`: greedy, muestreo, beam search, o los dos a la vez (beams con dado); "
        "beams diversos busca por grupos que no se copian; "
        "muestreo y orden escribe varios textos y pone delante el más probable; la búsqueda "
        "contrastiva huye de repetirse.\n"
        "- `temperatura`, `top_k`, `top_p`: solo cuentan al muestrear, así que ponerlas ya "
        "significa muestreo. Los decimales, con coma o con punto: `0,8`.\n"
        "- `beams`: más de 1 significa beam search.\n"
        "- `sin_repetir:3`: ningún grupo de 3 trozos sale dos veces.\n"
        "- `tokens`: cuántos trozos de palabra como mucho.\n"
        "- `intentos:10`: diez textos distintos; se pasan con ◀ y ▶.\n"
        "- `semilla`: con la misma semilla y los mismos ajustes sale el mismo texto.\n"
        "- `privado`: si solo lo ves tú.\n\n"
        "Un espacio final cambia la primera palabra y Discord lo quita: termina el texto en `␣` "
        "y lo tomaré como un espacio.\n"
        "Botones: **Seguir** continúa donde acabó, **Otra** prueba con otro dado, **Explicar** "
        "abre el porqué, **Borrar** lo quita; mientras escribe, **Detener**. Si el texto se queda "
        "en bucle, lo digo y te ofrezco **Sin repetir** o **Con muestreo**.",
    ),
    "explicar": (
        "/explicar",
        "Ver por qué salió cada palabra",
        "`/explicar texto:El amor es` genera unos pocos trozos (`pasos`, 12 si no dices nada) y "
        "abre el explorador, que solo ves tú.\n\n"
        "En cada paso ves las `candidatas` más probables con dos porcentajes: el **crudo**, lo "
        "que dijo el modelo, y el **final**, después de la temperatura y los cortes. Si se tiró "
        "el dado, ves qué número salió y qué tramo tenía cada palabra. ✂ son las que quitó un "
        "corte.\n\n"
        "Con ◀ y ▶ cambias de paso y con el menú saltas a cualquiera; se abre en el más "
        "sorprendente. También tienes la tabla del cuaderno, y los datos en CSV y JSON.\n"
        "En **Más…**, **Rama** sigue el texto por otra palabra del paso y dibuja el árbol de lo "
        "que vais abriendo.\n"
        "**Publicar** lo enseña a todo el canal. El botón **Explicar** de un texto mío abre la "
        "explicación de ese mismo texto, sin volver a generarlo.",
    ),
    "comparar": (
        "/comparar",
        "Un mismo texto con varias estrategias",
        "`/comparar texto:El amor es` escribe lo mismo con las estrategias de la lección: greedy, "
        "beam search, beam search sin repetir parejas, muestreo con T 0,75 y con T 2, top-k, "
        "top-p, min-p, el mejor de cinco muestreos y búsqueda contrastiva. `tokens` dice "
        "cuántos como mucho.\n\n"
        "Verás lado a lado cada texto, su **log-prob** (total, como en el cuaderno y por token), "
        "cuánto **se repite** (parte de los grupos de 4 tokens que ya habían salido), su variedad "
        "(**dist-1** y **dist-2**: parte de los tokens y de las parejas que son distintos) y los "
        "milisegundos. La imagen dibuja la probabilidad cruda de cada token.\n\n"
        "Con los menús abres cualquiera en el explorador o la lees entera. Si una se queda en "
        "bucle, lo digo y con un botón la escribo otra vez sin repetir o con muestreo, y te cuento "
        "qué cambió. **Otra** repite el duelo con otro dado.",
    ),
    "mensajes": (
        "Menús de los mensajes",
        "Continuar o explicar el mensaje de alguien",
        "En cualquier mensaje: clic derecho (o mantén pulsado) → **Aplicaciones**.\n\n"
        "- **Continuar este mensaje**: sigo lo que dice.\n"
        "- **Explicar este mensaje**: coloreo sus trozos según cuánto sorprenden al modelo.\n\n"
        "El texto de otra persona no se guarda ni se apunta en ningún registro.",
    ),
    "ajustes": (
        "/ajustes",
        "Dejar tus valores fijos",
        "- `/ajustes ver`: qué vale y qué es distinto; «Ver todos», cada valor y de dónde sale.\n"
        "- `/ajustes cambiar`: un **estilo** ya hecho (Preciso, Creativo, Cuaderno…) o los valores "
        "a mano, por grupos. Un campo vacío vuelve a lo heredado.\n"
        "- `/ajustes restablecer`: vuelve al principio.\n\n"
        "Manda lo más cercano: lo que escribes en la orden → lo tuyo → lo del servidor → lo de la "
        "instalación.\n"
        "Con `ambito:servidor` se cambian los del servidor; hace falta «Gestionar servidor».",
    ),
    "modelos": (
        "/modelos",
        "Qué modelos hay",
        "`/modelos` enseña los que hay aquí: familia, tamaño, cuánto texto ven a la vez "
        "(contexto), licencia y si están cargados. El primero es el de por defecto.\n\n"
        "Un modelo sin cargar tarda más la primera vez. Elige con la opción `modelo` o déjalo "
        "fijo en `/ajustes cambiar`.",
    ),
    "datos": (
        "/datos",
        "Qué guardo de ti y cómo borrarlo",
        "- `/datos ver`: todo lo que guardo de ti.\n"
        "- `/datos borrar`: lo borra todo, después de preguntarte. Lo que tengas en marcha se "
        "detiene antes.\n\n"
        "Mira también el tema «Privacidad».",
    ),
    "estado": (
        "/estado",
        "Para quien gestiona el servidor",
        "`/estado` enseña la versión, el modelo, la cola, la velocidad, el disco y el tiempo en "
        "marcha. Hace falta «Gestionar servidor», y solo lo ves tú.",
    ),
    "privacidad": (
        "Privacidad",
        "Qué se guarda, cuánto y para qué",
        "- Guardo **tus ajustes** hasta que los restableces.\n"
        "- Guardo **los textos que me pides** y su traza, para que los botones funcionen: se "
        "borran solos a los {days} días, o antes si falta sitio.\n"
        "- De los **mensajes de otras personas** no guardo ni apunto nada.\n"
        "- Nada sale de la máquina donde funciono y nada se usa para entrenar.\n"
        "- Los mensajes que envío quedan en Discord; **Borrar** los quita.\n\n"
        "Con `/datos borrar` no queda nada tuyo.",
    ),
    "glosario": (
        "Glosario",
        "Las palabras de la lección, con un ejemplo",
        "**Antes de elegir:** token, vocabulario, contexto, logit, softmax, crudo y final, "
        "atención.\n"
        "**Cómo se elige:** greedy, muestreo, beam search, muestreo y orden, búsqueda "
        "contrastiva, dado, semilla, token final.\n"
        "**Lo que cambia la elección:** temperatura, top-k, top-p, min-p, typical-p, cortes "
        "épsilon y eta, penalización por repetición, n-grama, penalización de longitud.\n"
        "**Lo que se mide:** entropía, sorpresa, log-prob, perplejidad.\n\n"
        "Cada una lleva un ejemplo, y otro en vivo con tu modelo. Elige en los menús, o "
        "escribe `/ayuda tema:entropía`.",
    ),
}
"""Key → name, one line for the menu, and the page."""
