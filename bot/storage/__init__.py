"""What the bot remembers, in SQLite or PostgreSQL."""

from bot.storage.errors import STORAGE_ERROR_CODES, StorageError, StorageErrorCode
from bot.storage.jobs import JobsRepository
from bot.storage.preferences import PreferencesRepository
from bot.storage.records import Job, Kind, Preferences, Scope, StoredReply, UserData
from bot.storage.replies import RepliesRepository
from bot.storage.state import StateRepository
from bot.storage.storage import Storage, open_storage
from bot.storage.writable import StorageReport, check_storage

__all__ = [
    "STORAGE_ERROR_CODES",
    "Job",
    "JobsRepository",
    "Kind",
    "Preferences",
    "PreferencesRepository",
    "RepliesRepository",
    "Scope",
    "StateRepository",
    "Storage",
    "StorageError",
    "StorageErrorCode",
    "StorageReport",
    "StoredReply",
    "UserData",
    "check_storage",
    "open_storage",
]
