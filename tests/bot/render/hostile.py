"""Markdown that must stay inert, and everything that Preview could resolve, were it alive."""

CONTEXT = {
    "users": {"1": "Ana"},
    "roles": {"1": "Profes"},
    "channels": {"1": "general"},
    "commands": {"1": "x"},
    "emojis": {"1": {"id": "1", "name": "ab", "animated": False}},
    "everyone": True,
}
LIVE = [
    "@everyone", "@here", "<@1>", "<@!1>", "<@&1>", "<#1>", "</x:1>", "<t:1>", "<t:1:R>",
    "<:ab:1>", "<a:ab:1>", ":smile:", ":+1::skin-tone-2:", "https://x.es/a_b_c", "<https://x.es>",
    "[x](https://x.es)", "![x](https://x.es)", "[x]: https://x.es", "discord.gg/abc",
    "https://discord.com/invite/abc", "<id:guide>", "**n**", "*c*", "__s__", "_c_", "~~t~~",
    "||s||", "`c`", "``c``", "```py\nc\n```", "~~~\nc\n~~~", "\\*", "\\", "&amp;", "&#64;here",
    "# ", "## ", "### ", "-# ", "- ", "* ", "+ ", "1. ", "1) ", "> ", ">>> ", "---", "===",
    "a | b\n--|--\n1 | 2", "|a\n:-", "\n", "\r\n", " ", "hola", "ñ", "🦄", "👩‍🏫", "حياة", "你好",
    "¯\\_(ツ)_/¯", "é", "12:30:45", "0,5", "https:", "//", ".gg/a",
]  # fmt: skip
