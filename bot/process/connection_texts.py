"""What the admin reads about the connection to Discord."""

from __future__ import annotations

CONNECTING = "Conectando con Discord…"
READY = "Listo: {user} · servidores: {guilds}. Para pararlo: Ctrl+C"
NOT_YET = "Discord todavía no me deja entrar. Sigo intentándolo; para pararme: Ctrl+C"
STOPPING = "Parando: termino las respuestas en marcha…"
TRY_AGAIN = "{obstacle} Lo intento otra vez dentro de {pause}."
NO_NETWORK = "No llego a Discord: {reason}."
NO_ADDRESS = "no encuentro su dirección; parece que no hay conexión a internet"
BAD_CERTIFICATE = "no puedo comprobar su certificado (mira la hora del equipo o el proxy)"
NO_WAY = "no hay conexión, o algo la corta (un cortafuegos, un proxy)"
NO_ANSWER = "no contesta a tiempo"
BROKEN_OFF = "la conexión se ha cortado"
DISCORD_FAILS = "Discord está fallando (HTTP {status}): no es cosa tuya ni del token."
TURNED_AWAY = (
    "Discord (o Cloudflare, que lo protege) no deja pasar por ahora a esta dirección de internet "
    "(HTTP {status}): no es cosa del token."
)
BAD_TOKEN = (
    "DISCORD_TOKEN: Discord no lo acepta. Genera otro en el portal de desarrolladores "
    "(Bot → Reset Token) y cámbialo en .env"
)
REFUSED = "Discord no acepta la conexión ({reason}). Míralo en el portal de desarrolladores."
