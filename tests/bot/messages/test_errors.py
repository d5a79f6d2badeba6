"""Every error has its Spanish sentence."""

from types import SimpleNamespace

import discord
import pytest
from discord import app_commands

from bot.messages.errors import UserError, report, text_of
from bot.storage import STORAGE_ERROR_CODES, StorageError
from bot.texts import errors as texts
from engine import ERROR_CODES, RANGES, UNAVAILABLE_REASONS, EngineError, ModelUnavailable


def http_error(kind, status, code=0):
    response = SimpleNamespace(status=status, reason="x")
    return kind(response, {"code": code, "message": "English words"})


def page_of_cloudflare(kind, status):
    response = SimpleNamespace(status=status, reason="x")
    return kind(response, "<html>\nblocked\n</html>")


def is_sentence(text):
    return (
        (text[0].isupper() or text[0] == "«")
        and text.endswith(".")
        and "{" not in text
        and "None" not in text
    )


@pytest.mark.parametrize("code", [c for c in ERROR_CODES if c != "invalid_params"])
def test_every_engine_code(code):
    text = text_of(EngineError(code))
    assert is_sentence(text)
    assert code not in text


@pytest.mark.parametrize("reason", [*UNAVAILABLE_REASONS, "something_new"])
def test_every_reason_of_an_unavailable_model(reason):
    text = text_of(ModelUnavailable("mi-modelo", reason))
    assert is_sentence(text)
    assert "mi-modelo" in text or reason == "no_models"


def test_every_reason_has_its_own_words():
    assert set(texts.MODEL_UNAVAILABLE) == {*UNAVAILABLE_REASONS, "other"}
    assert len(set(texts.MODEL_UNAVAILABLE.values())) == len(texts.MODEL_UNAVAILABLE)


@pytest.mark.parametrize("code", STORAGE_ERROR_CODES)
def test_every_storage_code(code):
    assert is_sentence(text_of(StorageError(code)))


@pytest.mark.parametrize("field", RANGES)
def test_every_number_out_of_range_names_its_range(field):
    error = EngineError("invalid_params", field=field, value=-99, range=str(RANGES[field]))
    text = text_of(error)
    assert is_sentence(text)
    assert "−99" in text or "-99" in text
    assert field not in text


def test_other_fields_out_of_range():
    error = EngineError("invalid_params", field="seed", value=-1, range="0 ≤ x ≤ 4294967295")
    assert text_of(error) == (
        "«semilla» no puede valer «\\-1»: admite 0 ≤ x ≤ 4294967295. Cámbialo y repite la orden."
    )


def test_a_full_queue_says_how_many_wait():
    text = text_of(EngineError("queue_full", position=64, limit=64))
    assert text == "La cola está llena: hay 64 peticiones delante. Prueba dentro de un minuto."
    assert text_of(EngineError("queue_full")) == texts.QUEUE_FULL


def test_memory_is_said_with_sizes_where_known():
    error = EngineError("out_of_memory", needed_bytes=2_000_000_000, available_bytes=500_000_000)
    assert "hacen falta 2\u00a0GB y quedan 500\u00a0MB" in text_of(error)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (http_error(discord.Forbidden, 403, 50013), texts.FORBIDDEN),
        (http_error(discord.NotFound, 404), texts.MESSAGE_GONE),
        (http_error(discord.DiscordServerError, 503), texts.DISCORD_DOWN),
        (app_commands.NoPrivateMessage(), texts.ONLY_IN_SERVERS),
        (app_commands.MissingPermissions(["manage_guild"]), texts.MISSING_PERMISSIONS),
        (app_commands.BotMissingPermissions(["send_messages"]), texts.BOT_MISSING_PERMISSIONS),
        (app_commands.CommandNotFound("x", []), texts.STALE_COMMAND),
        (app_commands.CheckFailure(), texts.NOT_ALLOWED),
    ],
)
def test_discords_own_errors(error, text):
    assert text_of(error) == text


def test_the_cause_inside_a_command_counts():
    command = SimpleNamespace(qualified_name="continuar", name="continuar")
    error = app_commands.CommandInvokeError(command, UserError("Eso no."))
    assert text_of(error) == "Eso no."


def test_the_unforeseen_gets_a_reference_that_the_log_has(caplog):
    text = report(ZeroDivisionError("secret words"))
    reference = text.split("referencia ")[1][:8]
    assert reference in caplog.text
    assert "secret" not in text
    assert "ZeroDivisionError" not in text


def test_hostile_names_are_made_inert():
    assert "@everyone" not in text_of(EngineError("unknown_model", model="@everyone `x`"))


def test_no_text_is_forgotten():
    assert set(texts.ENGINE) | {"queue_full", "model_unavailable", "invalid_params"} == set(
        ERROR_CODES
    )
    assert set(texts.STORAGE) == set(STORAGE_ERROR_CODES)


def test_a_token_that_only_the_tokenizer_knows_is_named():
    error = EngineError(
        "invalid_params", field="prompt", value="<pad>", range="tokens of the model", token_id=320
    )
    assert is_sentence(text_of(error))
    assert text_of(error).startswith("El modelo no conoce «\\<pad>», aunque su tokenizador sí.")


@pytest.mark.parametrize("stage", ["no_repeat_ngram_size", "bad_words", "temperature", "unheard"])
def test_settings_that_leave_nothing_are_not_told_as_a_broken_model(stage):
    text = text_of(EngineError("invalid_logits", reason="no_token_left", stage=stage))
    assert is_sentence(text)
    assert "NaN" not in text
    assert stage not in text or stage == "unheard"
    assert "ninguna palabra posible" in text


@pytest.mark.parametrize(
    "error",
    [
        page_of_cloudflare(discord.HTTPException, 429),
        page_of_cloudflare(discord.Forbidden, 403),
        page_of_cloudflare(discord.DiscordServerError, 502),
        http_error(discord.HTTPException, 429),
    ],
)
def test_cloudflare_in_the_way_is_trouble_of_discord(error, caplog):
    assert report(error) == texts.DISCORD_DOWN
    assert len(caplog.text.splitlines()) == 1
    assert "html" not in caplog.text
    assert str(error.status) in caplog.text
    assert text_of(http_error(discord.Forbidden, 403, 50013)) == texts.FORBIDDEN
