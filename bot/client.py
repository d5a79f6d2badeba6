"""The Discord client as screens see it: what they may ask for, and where links lead.

It stands below every feature, so that pages may lead to each other without importing each other:
a link is an address (`Place`), and `Client.pages` knows who builds the page that stands there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import discord

from bot.config import Settings
from bot.glossary.examples import Examples
from bot.jobs.batches import RunningBatches
from bot.jobs.elsewhere import Elsewhere
from bot.jobs.lessons import RunningLessons
from bot.jobs.limits import Limits
from bot.jobs.presenter import GroupPresenter
from bot.jobs.queue_share import QueueShare
from bot.jobs.runner import JobRunner
from bot.messages.alarms import Alarms
from bot.messages.at_hand import AtHand
from bot.messages.errors import UserError
from bot.messages.live import Page
from bot.messages.pictures import PictureCache
from bot.messages.place import PageName, Place, step_view
from bot.messages.redrawing import Redrawing
from bot.messages.trash import Trash
from bot.messages.turns import Turns
from bot.render.frame import Frame
from bot.render.model_names import shown_name
from bot.render.step import StepView
from bot.shards import Shards
from bot.storage import Job, Storage
from bot.storage.records import Kind, StoredReply
from bot.texts import common as texts
from engine import Engine, GenerationRequest
from engine.words import WordList

_CONNECT_S = 180.0
_TURN_S = 6.0


class Client(discord.AutoShardedClient):
    """What a screen may ask for; needs no privileged intent.

    Attributes:
        settings: Of the installation.
        engine: Writes the texts.
        storage: Remembers settings, jobs and replies.
        limits: How much one person may ask for.
        jobs: Runs the requests.
        resuming: How much of the queue is for what is written again after a crash.
        batches: The files of prompts under way.
        lessons: What this process knows of the lessons.
        pictures: Draws, and keeps what was drawn lately.
        examples: Computes the glossary's examples.
        redrawing: Draws the messages that many change at once.
        turns: Which click turned a message last.
        alarms: What is to be done at a later moment.
        trash: What was deleted a moment ago.
        at_hand: What messages show that is not stored.
        clicks: Tasks that answer a button or a menu.
        blocked_words: Words that are neither accepted nor written.
        word_list: The same, to look for them in a text.
        pages: The pages of an explorer, by their name in an address.
        kinds: The kinds of reply.
        game_page: Builds the message of a game's round.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        engine: Engine,
        storage: Storage,
        pages: Mapping[PageName, ExplorerPage],
        kinds: Mapping[Kind, ReplyKind],
        draw_lesson: Callable[[Client, str, set[str]], Awaitable[None]],
        game_page: GamePage,
        shard_count: int | None = None,
    ) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            shard_count=settings.shard_count or shard_count,
            # Whoever waits for a turn among all the shards of the bot is not late.
            shard_connect_timeout=_CONNECT_S + _TURN_S * (settings.shard_count or 0),
            max_messages=None,
            chunk_guilds_at_startup=False,
        )
        if settings.shard_ids:
            self.shard_ids = list(settings.shard_ids)
        self.settings = settings
        self.engine = engine
        self.storage = storage
        self.pages = pages
        self.kinds = kinds
        self.game_page = game_page
        self.blocked_words = settings.blocked_words
        self.word_list = WordList(self.blocked_words)
        is_alone = storage.process.is_alone
        elsewhere = None if is_alone else Elsewhere(storage, lambda: self.application_id)
        self.limits = Limits(
            max_per_user=settings.max_per_user,
            cooldown_s=settings.cooldown_s,
            elsewhere=elsewhere,
        )
        self.jobs = JobRunner(engine=engine, storage=storage, limits=self.limits, settings=settings)
        self.resuming = QueueShare(engine)
        self.batches = RunningBatches(engine.cancel, elsewhere)
        self.lessons = RunningLessons(
            engine.cancel, partial(draw_lesson, self), interval_s=settings.edit_interval_s
        )
        self.pictures = PictureCache()
        self.examples = Examples(engine, self.blocked_words)
        self.redrawing = Redrawing(interval_s=settings.edit_interval_s)
        self.turns = Turns()
        self.alarms = Alarms()
        self.trash = Trash()
        self.at_hand: AtHand[Any] = AtHand()
        self.clicks: set[asyncio.Task[Any]] = set()
        self._started_at = time.perf_counter()

    @property
    def shards_here(self) -> Shards:
        """Those of this process, as it was configured."""
        return self.settings.shards

    @property
    def uptime_s(self) -> float:
        """Seconds since the client was made."""
        return time.perf_counter() - self._started_at

    @property
    def is_connected(self) -> bool:
        """Whether every shard is at Discord; discord.py's `is_ready` stays true after a loss."""
        return self.is_ready() and not any(shard.is_closed() for shard in self.shards.values())

    def require_allowed(self, interaction: Interaction) -> None:
        """Refuse an interaction from a place where the bot may not answer.

        Raises:
            UserError: It says where it may.
        """
        chosen = self.settings.discord_guild_ids
        if interaction.guild_id is None:
            if chosen or not self.settings.allow_dms:
                raise UserError(texts.NO_DIRECT_MESSAGES)
        elif chosen and interaction.guild_id not in chosen:
            raise UserError(texts.WRONG_SERVER)


Interaction = discord.Interaction[Client]

GamePage = Callable[[Client, str, int], Awaitable[Page | None]]
"""From a game's id and a 1-based round to its message; None where there is none to show."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Somebody who reads a page of a text.

    Attributes:
        client: Whose engine and storage may be asked.
        reader_id: Who asks for the page.
        reply: The text that is explained.
        place: Which page, and for whom.
        notes: Sentences about the settings of the call that opened it.
        lead: Components that stand before everything else.
        words: What is asked about, on the page of a word.
    """

    client: Client
    reader_id: int
    reply: StoredReply
    place: Place
    notes: tuple[str, ...] = ()
    lead: tuple[discord.ui.Item[Any], ...] = ()
    words: tuple[str, ...] = ()

    @property
    def view(self) -> StepView:
        """The step where the page stands.

        Raises:
            UserError: The reply's steps were not recorded.
        """
        return step_view(self.reply, self.place)

    @property
    def is_own(self) -> bool:
        """Whether only the author of the text reads the page."""
        return self.reader_id == self.reply.owner_id and not self.place.is_public

    @property
    def model_name(self) -> str:
        """The text's model as people know it, ready for Markdown."""
        return shown_name(self.client.engine, self.reply.completion.model)


@dataclass(frozen=True, kw_only=True)
class ExplorerPage:
    """A page of the explorer.

    Attributes:
        build: Builds it, or raises what `reply_error` says.
        label: Its name, on the button or the option that leads to it.
        hint: A few words about it in «Más…»; "" for a page that has a button of its own.
        needs_prompt: Whether it reads the prompt again.
        is_for_one: Whether it is never turned in the channel: a click there opens one's own.
        is_costly: Whether the engine is asked each time: it counts as a request of the reader.
        is_of: Whether there is such a page of a reply.
        is_elsewhere: Whether there is something to show of a text that a server wrote.
    """

    build: Callable[[Reading], Awaitable[Page]]
    label: str
    hint: str = ""
    needs_prompt: bool = True
    is_for_one: bool = False
    is_costly: bool = False
    is_of: Callable[[StoredReply], bool] = lambda _: True
    is_elsewhere: bool = False


@dataclass(frozen=True, kw_only=True)
class ReplyKind:
    """A kind of reply, as it is shown when the job that wrote it is gone.

    Attributes:
        reply_ids: From a job's id to the ids of its texts; one of the same id by default.
        finished: The message of its texts, at least one; whether only their owner sees it.
        interrupted: The message of a job without text; whether «Otra» can ask for it again.
        has_again: Whether «Otra» ever can.
        page: One page of a text between what stands around it, by its 0-based number, or the one
            that people begin at; None for a kind without pages.
        redrawn: The message of its one text as it is stored now, for a click on it; None where
            the message never changes so.
        presenter: The screens of a job that is written again after a crash, as its row tells them,
            and whether only its owner sees them; None where it tells too little.
        is_computed: Whether its message is computed from what is stored before it is begun: after
            a crash that finishes it.
        requests: From a job's first request to all that it asks for.
    """

    finished: Callable[[Client, tuple[StoredReply, ...], bool], Awaitable[Page]]
    interrupted: Callable[[Job, bool], Page]
    has_again: bool
    redrawn: Callable[[Interaction, StoredReply], Awaitable[Page]] | None = None
    reply_ids: Callable[[str], tuple[str, ...]] = lambda job_id: (job_id,)
    page: Callable[[StoredReply, Frame, int | None, Engine], Page] | None = None
    presenter: Callable[[Client, Job, bool], GroupPresenter] | None = None
    is_computed: bool = False
    requests: Callable[[Engine, GenerationRequest], tuple[GenerationRequest, ...]] = (
        lambda _, first: (first,)
    )
