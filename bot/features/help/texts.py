"""What `/ayuda` says: one page for each topic; the glossary's terms are in `glosario`."""

from __future__ import annotations

from collections.abc import Mapping

DESCRIPTION = "Cómo se usa, orden por orden, y un glosario"
OPTION_TOPIC = "Una orden, «privacidad» o una palabra del glosario: token, top-p, entropía…"
TOPICS_PLACEHOLDER = "Temas de ayuda…"
TERM_CHOICE = "glosario · {name}"
NOT_FOUND = "No tengo ayuda sobre «{typed}». Elige un tema o una palabra aquí abajo."
FIRST_TOPIC = "primeros-pasos"
TOUR_PROMPT = "Había una vez un unicornio que vivía en los Andes y"
TOUR_WRITE = "1 · Escribe"
TOUR_EXPLAIN = "2 · Explica"
TOUR_COMPARE = "3 · Compara"
TOUR_CHOOSE = "4 · Elige"
GLOSSARY_TOPIC = "glosario"

TOPICS: Mapping[str, tuple[str, str, str]] = {
    "primeros-pasos": (
        "Primeros pasos",
        "Qué hago y por dónde empezar",
        "Sigo textos con un modelo de lenguaje y **enseño por qué** escribió cada palabra. Todo "
        "lo que escribo es inventado.\n"
        f"Pulsa en orden, sin escribir nada. El texto empieza por «{TOUR_PROMPT}»:\n"
        "**1** · el modelo lo sigue.\n"
        "**2** · por qué salió cada palabra, y cómo cambiarla.\n"
        "**3** · lo mismo de cuatro maneras.\n"
        "**4** · cuatro intentos, para quedarte con uno.\n"
        "-# Después, con tu texto: `/continuar`. Las demás órdenes y el glosario, en el menú.",
    ),
    "continuar": (
        "/continuar",
        "Seguir un texto",
        "`/continuar texto:El amor es` escribe lo que sigue; lo ves crecer en el mismo mensaje. "
        "Sin `texto` se abre un formulario, donde un poema conserva sus líneas.\n\n"
        "- `estilo`: Preciso, Equilibrado, Creativo, Loco o Lección.\n"
        "- `intentos:10`: diez textos distintos, para quedarte con uno.\n"
        "- `tokens`: cuántos trozos de palabra como mucho.\n"
        "- `semilla`: con la misma y los mismos ajustes sale el mismo texto.\n"
        "- `privado`: si solo lo ves tú.\n"
        "- A mano, por encima del estilo: `temperatura`, `top_k`, `top_p` (significan muestreo; "
        "los decimales, con coma o con punto), `beams` (más de 1 significa haces), `sin_repetir` "
        "y `estrategia`.\n\n"
        "**Seguir** continúa donde acabó, **Otra** prueba con otro dado, **Explicar** abre el "
        "porqué y **Más…** tiene el resto; mientras escribe, **Detener**.\n"
        "-# Un espacio final cambia la primera palabra y Discord lo quita: termina el texto en "
        "`␣` y lo tomaré como un espacio.",
    ),
    "programas": (
        "Programas y códigos",
        "Modelos que escriben código, y los de CTRL",
        "Con un modelo de programas (CodeGen, StarCoder… mira `/modelos`), `/continuar` contesta "
        "en un bloque de código. Empieza por un comentario y una cabecera:\n"
        "```js\n// Dice si n es positivo\nfunction isPositive(n) {\n```\n"
        "Escribe varias propuestas, primero la más probable por token; con ◀ y ▶ las pasas. Para "
        "donde acaba la función: en su llave, o donde Python vuelve al margen.\n"
        "- `___` marca un **hueco**, si el modelo sabe rellenarlos: `return ___`.\n\n"
        "Un modelo **CTRL** escribe según la primera palabra (Books, Wikipedia, Reviews…): elígela "
        "en el menú de la respuesta; `/comparar` pone cuatro al lado.",
    ),
    "explicar": (
        "/explicar",
        "Ver por qué salió cada palabra",
        "`/explicar texto:El amor es` genera unos pocos trozos (`pasos`, 12 si no dices nada) y "
        "abre el explorador, que solo ves tú.\n\n"
        "Se abre en la palabra que más sorprendió al modelo y dice por qué salió: era la favorita, "
        "salió por suerte, la dejó sola un filtro… La imagen colorea el texto, de lo esperado "
        "(azul) a la sorpresa (naranja), y compara las cinco más probables.\n\n"
        "Con ◀ y ▶ cambias de palabra. **¿Y mi palabra?** pregunta por otra y **Cambiarla** la "
        "pone en su sitio. En **Ver más…**: **Ir a una palabra**; **Números**, con lo que dijo el "
        "modelo (**crudo**), lo que quedó tras los ajustes (**final**) y el dado; **Embudo**, "
        "**Por dentro**, **Ramas**, la tabla del cuaderno y la receta.\n"
        "**Publicar** lo enseña a todo el canal. El botón **Explicar** de un texto mío abre la "
        "explicación de ese mismo texto, sin volver a generarlo.",
    ),
    "comparar": (
        "/comparar",
        "Un mismo texto con varias estrategias",
        "`/comparar texto:El amor es` escribe lo mismo de cuatro maneras: greedy, haces (beam "
        "search), Equilibrado y Loco. `tokens` dice cuántos como mucho.\n\n"
        "De cada texto te digo si **se repite** (un bucle, o al menos 1 de cada 10 grupos de 4 "
        "tokens ya había salido), si **delira** (sorprende al modelo 2 bits por token más de lo "
        "que esperaba) o si es **sensato**. Los iguales salen una vez.\n\n"
        "**La lección completa** escribe también haces sin repetir parejas, T 0,75 y T 2, top-k, "
        "top-p, min-p, el mejor de cinco y la contrastiva, y los mide: **log-prob** (total, como "
        "en el cuaderno y por token), repetición, variedad (**dist-1** y **dist-2**: parte de los "
        "tokens y de las parejas que son distintos) y milisegundos.\n\n"
        "Con el menú lees cualquiera entera y la explicas. **Otra** repite con otro dado.",
    ),
    "tokens": (
        "/tokens",
        "En qué piezas parte un modelo tu texto",
        "`/tokens texto:desayunos extraordinarios` enseña las **piezas** (tokens) en que lo parte "
        "el modelo, y las de otro al lado: donde cambia el color empieza otra. El modelo no ve "
        "letras: recibe un número por pieza.\n\n"
        "- `modelo` y `otro`: qué dos comparar.\n"
        "- **Piezas de…**: cada una con su número y sus bytes; `⟨C3⟩` es un byte de un carácter "
        "que no cabe en una sola pieza, y `␣`, un espacio.\n"
        "- **CSV**: la lista entera, con los bytes uno por uno.\n"
        "-# Cuantos menos tokens gasta un texto, antes se escribe y más texto cabe en el contexto.",
    ),
    "rellenar": (
        "/rellenar",
        "Qué palabra cabe en un hueco",
        "`/rellenar texto:Me gusta el café con ___ y canela.` pone una palabra en cada hueco. Lo "
        "hace un **codificador**, que lee los dos lados; los modelos que siguen textos solo ven "
        "la izquierda. Por eso la imagen enseña también qué habría dicho **con lo de la derecha "
        "tapado**.\n\n"
        "- El hueco se escribe `___`, `[MASK]` o `<mask>`, y es una palabra entera.\n"
        "- Con varios, ◀ y ▶ pasan de uno a otro, y en **Más…** eliges el orden: independientes, "
        "de izquierda a derecha (cada uno lee los anteriores) o primero el más seguro.\n"
        "- **Números**: entropía, probabilidades y puestos con y sin la derecha.\n"
        "- **Comparar con…**: otro codificador; en qué coinciden, cuánto pesan y cuánto tardan.\n"
        "-# Un texto que no le cabe no se corta: te digo cuántos tokens son y cuántos caben.",
    ),
    "transformar": (
        "/transformar",
        "Convertir un texto en otro",
        "`/transformar texto:la cancion que mas me gusta` lo lee entero y escribe otro: con "
        "`unicornio-tildes`, el mismo con sus tildes, mayúsculas y signos, y una línea con lo que "
        "cambió. Los modelos de Marian, M2M100 y T5 traducen o resumen.\n\n"
        "- `modelo`: cuál lo hace.\n"
        "- `de` y `a`: los idiomas, si el modelo deja elegirlos.\n"
        "- `tarea`: qué hacer, si sabe hacer varias cosas.\n\n"
        "Aquí no cuentan el estilo ni lo guardado en `/ajustes`: escribe siempre lo más probable "
        "(greedy). Lo que pongas en la orden sí: `beams:4` compara textos enteros y `temperatura` "
        "tira el dado.\n\n"
        "**Explicar** abre el porqué de cada palabra; en **Por dentro**, a qué palabras del "
        "original miró.",
    ),
    "lote": (
        "/lote",
        "Un archivo de textos, y te aviso al acabar",
        "`/lote archivo:` con un CSV, un JSONL o un TXT de hasta 1000 filas. Sigo el texto de cada "
        "una y te devuelvo **el mismo archivo con columnas nuevas**: la continuación, el modelo, "
        "el estilo, la semilla, los tokens, cómo acabó y, si algo falló, el error de esa fila.\n\n"
        "- `columna`: dónde están los textos. Si no la dices, la busco; si no está claro, te "
        "pregunto.\n"
        "- `semilla`: con la misma, el mismo archivo da lo mismo, fila por fila.\n"
        "- Lo demás, como en `/continuar`.\n\n"
        "Va por detrás: **cedo el turno** a quien pida algo. **Detener** te da lo que haya. Si me "
        "reinicio, sigo donde iba; al acabar, bien o mal, te menciono.\n"
        "-# Uno a la vez por persona. «Descargar» te lo vuelve a dar mientras lo guardo.",
    ),
    "clase": (
        "/clase",
        "La sesión del taller, celda por celda",
        "`/clase empezar` abre un hilo y pone la primera celda: su idea, su código y una pregunta. "
        "**Ejecutar** la calcula una vez para todos; debajo salen nuestro resultado, el número del "
        "cuaderno al lado del nuestro, y por qué no son iguales si no lo son.\n\n"
        "- Los botones de la clase (**Ejecutar**, **Siguiente**, **Atrás**, **Repetir**, "
        "**Terminar**) son de quien la lleva: quien tiene «Gestionar mensajes» o el rol de "
        "profesorado de este servidor. Otra de esas personas puede «Seguir yo la clase».\n"
        "- Los de cada celda son de todos: **Explicar** abre tu explorador de ese texto, "
        "**Hacerlo yo** escribe el tuyo con los mismos ajustes (solo lo ves tú) y **Duda ✋** la "
        "apunta; otra vez, la quita.\n"
        "- `/clase ir` salta a una celda, `/clase seguir` trae los botones abajo, "
        "`/clase terminar` acaba.\n\n"
        "-# Una clase por canal. Si me reinicio a media celda, la calculo otra vez: sale lo mismo.",
    ),
    "familias": (
        "/familias",
        "Tu frase en las tres familias de modelos",
        "`/familias texto:El gato duerme en el tejado` lee tu frase con tres modelos y enseña "
        "**quién ve a quién**: una fila por palabra, una columna por cada palabra que mira.\n\n"
        "- **Codificador** (encoder: BERT): todas ven a todas. Rellena huecos: `/rellenar`.\n"
        "- **Decodificador** (decoder: GPT): cada una ve solo las de su izquierda, y el resto vale "
        "exactamente 0. Por eso sigue textos: `/continuar`.\n"
        "- **Codificador-decodificador** (encoder-decoder: T5): lee la frase entera y escribe "
        "otra, mirando la primera: `/transformar`.\n\n"
        "Tapo una palabra y les pregunto cuál es; con el menú tapas otra. Cada botón abre una "
        "familia en grande. **Publicar** la enseña a todo el canal.",
    ),
    "adivina": (
        "/adivina",
        "Un juego: qué palabra viene ahora",
        "`/adivina` da un texto y cinco palabras que podrían seguirlo. **Todo el canal vota en "
        "secreto**, una vez cada uno, y puede cambiarlo hasta que se vea. «Otra palabra…» es para "
        "votar una que no está.\n\n"
        "- `texto`: el principio; sin él, lo pongo yo.\n"
        "- `rondas`: cuántas palabras seguidas.\n"
        "- `segundos`: la cuenta atrás; sin ella, se ve cuando diga quien empezó.\n\n"
        "Al verse, el modelo enseña sus cartas y **tira el dado**: 2 puntos si sale tu palabra; si "
        "no, 1 si era la favorita. La **sorpresa** (en bits) dice si eliges sobre seguro o raro; "
        "la del modelo con su propio dado es la entropía. «Mi puesto» te lo dice a ti.\n"
        "-# Una partida por canal. La termina quien la empezó o quien modera.",
    ),
    "mensajes": (
        "Menús de los mensajes",
        "Continuar, explicar o poner tildes al mensaje de alguien",
        "En cualquier mensaje: clic derecho (o mantén pulsado) → **Aplicaciones**.\n\n"
        "- **Continuar este mensaje**: sigo lo que dice.\n"
        "- **Explicar este mensaje**: coloreo sus trozos según cuánto sorprenden al modelo.\n"
        "- **Poner tildes a este mensaje**: lo escribo con tildes, mayúsculas y puntuación.\n\n"
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
        "**Las familias:** codificador, decodificador, codificador-decodificador, máscara, "
        "atención cruzada.\n"
        "**Cómo se elige:** greedy, muestreo, haces (beam search), mejor de varios, "
        "contrastiva, dado, semilla, token final.\n"
        "**Lo que cambia la elección:** temperatura, top-k, top-p, min-p, typical-p, cortes "
        "épsilon y eta, penalización por repetición, n-grama, penalización de longitud.\n"
        "**Lo que se mide:** entropía, sorpresa, log-prob, perplejidad.\n\n"
        "Cada una lleva un ejemplo, y otro en vivo con tu modelo (las familias, con "
        "`/familias`). Elige en los menús, o "
        "escribe `/ayuda tema:entropía`.",
    ),
}
"""Key → name, one line for the menu, and the page."""
