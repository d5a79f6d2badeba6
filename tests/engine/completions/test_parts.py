from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.completions.events import EventReader
from engine.completions.pieces import ids_of, shown, text_of, token_data
from engine.completions.word_guard import WordGuard
from engine.models.catalogue import entries
from engine.models.remote import AddressError, keys_by_host, remote_source
from engine.words import WordList

FEW = settings(max_examples=40, deadline=None)


@FEW
@given(st.lists(st.text(max_size=8), max_size=5), st.data(), st.sampled_from(["\n", "\r\n", "\r"]))
def test_events_come_out_wherever_the_network_cuts_them(texts, data, end):
    sent = "".join(f": ping{end}data: {json.dumps(text)}{end}{end}" for text in texts).encode()
    reader, found, rest = EventReader(), [], sent
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        found += reader.feed(rest[:size])
        rest = rest[size:]
    assert [json.loads(one) for one in found] == texts


def test_a_last_event_without_its_empty_line_is_read():
    reader = EventReader()
    assert reader.feed(b"data: 1\n\ndata: 2") == ["1"]
    assert reader.rest() == "2"
    assert reader.rest() is None


@FEW
@given(st.lists(st.text(max_size=12).map(lambda s: s.encode("utf-8", "replace"))))
def test_ids_are_text_again(pieces):
    ids = [token_id for data in pieces for token_id in ids_of(data)]
    assert text_of(ids) == b"".join(pieces).decode()


def test_bytes_of_a_broken_character_are_joined():
    data = [token_data("bytes:\\xc3"), token_data("bytes:\\xb1")]
    assert [shown(one) for one in data] == ["⟨C3⟩", "⟨B1⟩"]
    assert text_of([token_id for one in data for token_id in ids_of(one)]) == "ñ"
    assert token_data("bytes: ocho") == b"bytes: ocho"


@FEW
@given(st.lists(st.sampled_from([" uno", " dos", "tres", " ", ".", "\n", " UN", "O", "ó"])))
def test_a_guarded_text_never_has_a_word_of_the_list(pieces):
    words = ("uno", "dos tres")
    guard, said, shown_texts, cut = WordGuard(words, "y"), "", [], None
    for piece in pieces:
        said += piece
        cut = guard.cut(said, is_over=False)
        if cut is not None:
            break
        shown_texts.append(guard.settled(said))
    if cut is None:
        cut = guard.cut(said, is_over=True)
    listed = WordList(words)
    text = said if cut is None else said[:cut]
    assert not listed.is_in("y" + text)
    assert all(not listed.is_in("y" + shown) for shown in shown_texts)
    assert (cut is not None) == listed.is_in("y" + said)


def test_a_server_is_read_from_its_string():
    source = remote_source("openai:org/model@2@https://example.org:8443/api/v1/")
    assert (source.model, source.base_url) == ("org/model@2", "https://example.org:8443/api/v1")
    assert source.host == "example.org:8443"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("openai:gpt", "shape"),
        ("openai:@http://x/v1", "shape"),
        ("openai:gpt@", "shape"),
        ("openai:gpt@ftp://x/v1", "scheme"),
        ("openai:gpt@example.org/v1", "scheme"),
        ("openai:gpt@http://ana:secreto@x/v1", "secret"),
        ("openai:gpt@http://x/v1?key=1", "query"),
        ("openai:gpt@http:///v1", "shape"),
        ("openai:gpt@http://x:puerto/v1", "shape"),
    ],
)
def test_a_string_that_is_no_server_is_refused(text, reason):
    with pytest.raises(AddressError) as caught:
        remote_source(text)
    assert caught.value.reason == reason


def test_models_of_servers_are_called_as_there_unless_another_is():
    names = (
        "openai:gpt-x@http://uno/v1",
        "openai:gpt2@http://uno/v1",
        "openai:y@http://uno/v1",
        "openai:y@http://dos/v1",
    )
    assert list(entries(names)) == ["gpt-x", "gpt2@uno", "y@uno", "y@dos"]
    assert all(entry.kind == "remote" for entry in entries(names).values())


def test_no_server_gets_the_key_of_another():
    assert keys_by_host("sk-1=", {"uno"}) == {"uno": "sk-1="}
    assert keys_by_host("uno=sk-1, dos=sk-2=", {"uno", "dos"}) == {"uno": "sk-1", "dos": "sk-2="}
    assert keys_by_host("uno=sk-1", {"uno", "dos"}) == {"uno": "sk-1"}
    for text in ("sk-1", "uno=sk-1,tres=sk-2", "uno="):
        with pytest.raises(ValueError, match=r"hosts|unknown") as caught:
            keys_by_host(text, {"uno", "dos"})
        assert "sk-1" not in str(caught.value)
