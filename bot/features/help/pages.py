"""The help's pages, and finding one by what a person typed."""

from __future__ import annotations

from bot.features.help import texts
from bot.features.help.glossary_texts import TERMS
from bot.render.plain_words import plain


def page(key: str, retention_days: int) -> str:
    """Return a page by the key of its topic or term.

    Raises:
        KeyError: There is no such page.
    """
    if key in texts.TOPICS:
        name, _, body = texts.TOPICS[key]
    else:
        name, body = TERMS[key]
    return f"### {name}\n{body.replace('{days}', str(retention_days))}"


def page_names() -> dict[str, str]:
    """Return key → name of every page, topics first."""
    topics = {key: name for key, (name, _, _) in texts.TOPICS.items()}
    terms = {key: texts.TERM_CHOICE.format(name=name) for key, (name, _) in TERMS.items()}
    return {**topics, **terms}


def search(typed: str) -> dict[str, str]:
    """Return the pages whose key or name contains what was typed, accents and case aside."""
    wanted = plain(typed)
    return {
        key: name
        for key, name in page_names().items()
        if wanted in plain(key) or wanted in plain(name)
    }


def find(typed: str) -> str | None:
    """Return the key of the page that a person means, or None."""
    wanted = plain(typed)
    for key, name in page_names().items():
        own_name = name.removeprefix(texts.TERM_CHOICE.format(name=""))
        if wanted in (plain(key), plain(name), plain(own_name)):
            return key
    return next(iter(search(typed)), None) if wanted else None
