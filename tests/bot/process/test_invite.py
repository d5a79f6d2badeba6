from urllib.parse import parse_qs, urlsplit

import discord
import pytest

from bot.process.invite import application_id, invite_url

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.abcdefghijklmnopqrstuvwxyz0123456789AB"


def test_the_link_asks_for_what_is_needed_and_no_more():
    query = parse_qs(urlsplit(invite_url(TOKEN)).query)
    assert query["client_id"] == ["123456789012345678"]
    assert set(query["scope"][0].split()) == {"bot", "applications.commands"}
    permissions = discord.Permissions(int(query["permissions"][0]))
    asked = {name for name, is_set in permissions if is_set}
    assert asked == {"read_messages", "send_messages", "embed_links", "attach_files"}


@pytest.mark.parametrize("token", ["", "x.y.z", "ññ.a.b"])
def test_a_token_that_is_none(token):
    with pytest.raises(ValueError, match="token"):
        application_id(token)
