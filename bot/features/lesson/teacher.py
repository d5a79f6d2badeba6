"""Who may give a lesson, and who gives it."""

from __future__ import annotations

import discord

from bot.client import Interaction
from bot.features.lesson import texts
from bot.messages.errors import UserError
from bot.render.markdown import escape
from bot.storage.lesson_records import Lesson


def may_teach(interaction: Interaction) -> bool:
    """Tell whether somebody has «Gestionar mensajes» here, or the role of TEACHER_ROLE."""
    if interaction.permissions.manage_messages:
        return True
    wanted = interaction.client.settings.teacher_role
    if wanted is None or not isinstance(interaction.user, discord.Member):
        return False
    return any(
        str(role.id) == wanted or role.name.casefold() == wanted.casefold()
        for role in interaction.user.roles
    )


def require_may_teach(interaction: Interaction) -> None:
    """Refuse those who may not give a lesson.

    Raises:
        UserError: It says who may.
    """
    if may_teach(interaction):
        return
    wanted = interaction.client.settings.teacher_role
    role = "" if wanted is None else texts.NOT_TEACHER_ROLE.format(role=_role_name(interaction))
    raise UserError(texts.NOT_TEACHER.format(role=role))


def require_teacher(interaction: Interaction, lesson: Lesson) -> None:
    """Refuse everybody but the teacher of a lesson.

    Raises:
        UserError: It names the teacher, and says what there is for whoever clicked.
    """
    if interaction.user.id == lesson.owner_id:
        return
    text = texts.NOT_YOURS_TEACHER if may_teach(interaction) else texts.NOT_YOURS
    raise UserError(text.format(owner=f"<@{lesson.owner_id}>"))


def _role_name(interaction: Interaction) -> str:
    wanted = interaction.client.settings.teacher_role or ""
    role = None
    if interaction.guild is not None and wanted.isdecimal():
        role = interaction.guild.get_role(int(wanted))
    return escape(wanted if role is None else role.name)
