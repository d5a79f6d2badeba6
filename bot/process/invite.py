"""The link that adds the bot to a server."""

from __future__ import annotations

import base64
import binascii

import discord

PERMISSIONS = discord.Permissions(
    view_channel=True, send_messages=True, embed_links=True, attach_files=True
)
SCOPES = ("bot", "applications.commands")


def application_id(token: str) -> int:
    """Read the application's id out of a bot token, whose first part encodes it.

    Raises:
        ValueError: The token does not start with an id.
    """
    first = token.split(".", 1)[0]
    try:
        return int(base64.b64decode(first + "=" * (-len(first) % 4)))
    except (binascii.Error, ValueError):
        raise ValueError("token") from None


def invite_url(token: str) -> str:
    """Return the OAuth2 link with the scopes and permissions that the bot needs, and no more."""
    return discord.utils.oauth_url(application_id(token), permissions=PERMISSIONS, scopes=SCOPES)
