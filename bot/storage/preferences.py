"""The settings that people and servers have chosen."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Iterator, Mapping

from sqlalchemy import ColumnElement, and_, delete, false, or_, select, update

from bot.storage.database import Database, claim
from bot.storage.group_reading import GroupReading
from bot.storage.records import Preferences, Scope
from bot.storage.schema import preferences as table
from bot.styles import STYLES
from engine import DecodingParams, EngineError

logger = logging.getLogger(__name__)
_Owner = tuple[Scope, int]


class PreferencesRepository:
    """One row per person or server."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reading = GroupReading(self._read)

    async def get(self, scope: Scope, scope_id: int) -> Preferences:
        """Return what was chosen; empty if nothing was."""
        (found,) = await self.get_all((scope, scope_id))
        return found

    async def get_all(self, *owners: _Owner) -> tuple[Preferences, ...]:
        """Return what each of several people or servers has chosen; a crowd shares one read."""
        found = await self._reading.get(*owners)
        return tuple(found.get(owner, Preferences()) for owner in owners)

    async def set(self, scope: Scope, scope_id: int, preferences: Preferences) -> None:
        """Replace what was chosen."""
        if preferences.is_empty:
            await self.clear(scope, scope_id)
            return
        await self._database.put(table, _values(scope, scope_id, preferences))

    async def change(
        self, scope: Scope, scope_id: int, edit: Callable[[Preferences], Preferences]
    ) -> bool:
        """Change what was chosen; changes at the same time take turns, so that none is lost.

        Args:
            scope: A person's or a server's.
            scope_id: Whose.
            edit: Returns what is chosen from now on. Called inside the transaction: quick.

        Returns:
            Whether anything is different now.
        """
        nothing = _values(scope, scope_id, Preferences())
        is_it = row_of(scope, scope_id)
        async with self._database.writing() as connection:
            claimed = await connection.execute(claim(connection.dialect, table, nothing))
            row = claimed.one()
            before = decode(row.params, row.model)
            after = edit(before)
            if after.is_empty:
                await connection.execute(delete(table).where(is_it))
            elif after != before:
                values = _values(scope, scope_id, after)
                await connection.execute(update(table).where(is_it).values(values))
        return after != before

    async def clear(self, scope: Scope, scope_id: int) -> None:
        """Forget what was chosen."""
        await self._database.execute(delete(table).where(row_of(scope, scope_id)))

    async def _read(self, owners: Collection[_Owner]) -> dict[_Owner, Preferences]:
        ids: dict[Scope, list[int]] = {}
        for scope, scope_id in owners:
            ids.setdefault(scope, []).append(scope_id)
        rows_of = (
            and_(table.c.scope == scope, table.c.scope_id.in_(scope_ids))
            for scope, scope_ids in ids.items()
        )
        query = select(table).where(or_(false(), *rows_of))
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return {(row.scope, row.scope_id): decode(row.params, row.model) for row in rows}


def row_of(scope: Scope, scope_id: int) -> ColumnElement[bool]:
    """Select the row of a person or a server."""
    return and_(table.c.scope == scope, table.c.scope_id == scope_id)


def _values(scope: Scope, scope_id: int, preferences: Preferences) -> dict[str, object]:
    return {
        "scope": scope,
        "scope_id": scope_id,
        "params": json.dumps(dict(preferences.params), ensure_ascii=False),
        "model": preferences.model,
    }


def decode(params: str, model: str | None) -> Preferences:
    """Read a row, leaving out with a log line what this version does not accept."""
    try:
        fields = json.loads(params)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        logger.warning("preferences.unreadable")
        fields = {}
    return Preferences(params=dict(_accepted(fields)), model=model)


def _accepted(fields: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, stored in fields.items():
        value = tuple(stored) if isinstance(stored, list) else stored
        if name == "style" and isinstance(value, str) and value in STYLES:
            yield name, value
            continue
        try:
            DecodingParams(**{name: value})  # type: ignore[arg-type]
        except (EngineError, TypeError) as error:
            logger.warning("preferences.field_dropped", extra={"field": name, "reason": str(error)})
        else:
            yield name, value
