"""A monkey at the real full-screen program: random inputs through a terminal's parser, and what must hold.

The program runs with a driver that draws through `tui.terminal.frame` and reads what `Hand` types; the sandbox, in
which people answer, in a thread. Nothing sleeps for a key: after each burst every message pump is asked to come round.
"""

from __future__ import annotations

import asyncio
import logging
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

from textual import events
from textual.driver import Driver
from textual.geometry import Size
from textual.message_pump import MessagePump
from textual.screen import Screen

from tests.campaign.evidence import read_rows
from tests.monkey.inputs import ESCAPE, Hand, Input, Resized, Typed, key, letters
from tests.monkey.ledger import CHANGES, Ledger, Sight
from tests.support.sandbox_thread import OPTIONS, Sandbox, SandboxThread
from tests.support.waiting import until
from tui.app import Succession, WxtuiApp
from tui.config.settings import Settings
from tui.paths import find_profile
from tui.sandbox.session.state import State
from tui.sandbox.world.samples import write_samples
from tui.screens.chat.chat_screen import ChatScreen
from tui.screens.dialogs.question import Question
from tui.screens.files.file_picker import FilePicker
from tui.screens.pickers.fuzzy_picker import FuzzyPicker
from tui.screens.pictures.picture_screen import PictureScreen
from tui.services.people import contact_changes
from tui.services.session.login_options import LoginOptions
from tui.store.store import Store
from tui.terminal.input_reader import InputReader
from tui.widgets.base.styles import Tone
from tui.wire import bodies

CPU_LIMIT = 20.0
"""Seconds of this process's own work that one burst may cost; a busy machine adds nothing to them."""
PATIENCE = 60.0
"""Seconds after which a message pump that did not come round stands still for good."""
HUMAN = 1.0
"""Seconds, by the questions' clock, that a person takes to read one."""
LIVES = 400
"""Bursts after which the program is left and started anew."""


HOSTILE = (
    *("\x1b]0;PWNED\x07", "\x1b]52;c;UFdORUQ=\x07", "\u202egpj.exe", "[@click=app.quit]x[/]", "a\nb\tc\x00", "\x9b31m"),
    *("x" * 300, "🙂‍🔥" * 20, "@所有人", "林小满", " ", "<img src=x>", "{unread}", "%s"),
)
"""Names that strangers have."""
FOUL = ("\x1b]0;", "\x1b]52;c;UFdORUQ=", "\x9b", "\u202e")
"""Beginnings of what only a stranger's text can have brought to the terminal: a title, a clipboard, a C1 code, bidi."""


class Hang(BaseException):
    """Raised when a burst costs too much work; not an Exception, so that nothing in between takes it for its own."""


@dataclass
class Findings:
    """Faults that were found: a good run leaves all lists empty."""

    crashes: list[str] = field(default_factory=list)
    hangs: list[str] = field(default_factory=list)
    unintended: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    escapes: list[str] = field(default_factory=list)
    inputs: int = 0
    sent: int = 0
    recalled: int = 0
    changed: int = 0
    """Changes of contacts and groups at the server."""
    switched: int = 0
    """Times that another profile was switched to."""
    lives: int = 0
    screens: Counter[str] = field(default_factory=Counter)

    @property
    def all(self) -> list[str]:
        """Every objection, each with its kind."""
        kinds = {"crash": self.crashes, "hang": self.hangs, "unintended": self.unintended, "lost": self.lost,
                 "escape bytes": self.escapes}  # fmt: skip
        return [f"{kind}: {one}" for kind, several in kinds.items() for one in several]


class Paper(Driver):
    """A terminal that takes everything and shows it to nobody; bytes come through the program's own reader."""

    out: list[str]

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._reader = InputReader()
        self.bytes = 0
        self.foul: list[str] = []

    def write(self, data: str) -> None:
        """Count it, and look for what a stranger's text must not bring to a terminal."""
        self.bytes += len(data)
        foul = next((one for one in FOUL if one in data), None)
        if foul is not None:
            at = data.index(foul)
            self.foul.append(repr(data[max(0, at - 40) : at + 40]))

    def type(self, data: bytes) -> None:
        """Bytes from the keyboard."""
        for event in self._reader.feed(data):
            self.process_message(event)

    def rest(self) -> None:
        """Nothing comes for a while: what was begun is given up, as the program's own driver does by its clock."""
        for _ in range(3):
            if self._reader.patience is not None:
                for event in self._reader.pause():
                    self.process_message(event)

    def resize(self, width: int, height: int) -> None:
        """Another size."""
        self._size = (width, height)
        size = Size(width, height)
        self.send_message(events.Resize(size, size))

    def start_application_mode(self) -> None:
        """Tell the size."""
        self.resize(*(self._size or (100, 30)))

    def disable_input(self) -> None:
        """Nothing to end."""

    def stop_application_mode(self) -> None:
        """Nothing to restore."""


class Monkey:
    """Run of the monkey: a seed, a sandbox, a home, one life of the program after another."""

    def __init__(self, sandbox: Sandbox, state: State, folder: Path, seed: int) -> None:
        self._sandbox = sandbox
        self._state = state
        self._seed = seed
        self._random = random.Random(f"monkey {seed}")
        self._profile = find_profile("default")
        self._files_folder = folder / "files"
        self._files_folder.mkdir(parents=True)
        write_samples(self._files_folder, 1)
        (self._files_folder / "only files").mkdir()
        for name in ("a.txt", "\x1b[31mred.txt", "\u202egpj.exe", "spaced name.bin"):
            (self._files_folder / "only files" / name).write_bytes(name.encode() * 10)
        paths = sorted(path for path in self._files_folder.rglob("*") if path.is_file() and path.stat().st_size < 10**5)
        self._hand = Hand(self._random, paths)
        self._ledger = Ledger()
        self._now = 1000.0
        self._asked: Screen[Any] | None = None
        self._asked_at = 0.0
        self._seen_sent = 0
        self._revoked: set[str] = set()
        self._changes: Counter[str] = Counter()
        self._drafts: set[str] = set()
        self._follows: Succession | None = None
        self._profiles = {self._profile.name: self._profile}
        self._story: list[str] = []
        self._step = 0
        self.findings = Findings()

    # ---------------------------------------------------------------- the run

    async def run(self, inputs: int) -> Findings:
        """So many inputs, and everything that was found."""
        with self._listening(), self._clock():
            while self.findings.inputs < inputs and not (self.findings.crashes or self.findings.hangs):
                await self._life(inputs)
            for profile in self._profiles.values():
                if self._follows is not None:
                    await self._follows.store.close()
                self._profile, self._follows = profile, None
                await self._life(0, quiet=True)
        self._missing()
        return self.findings

    @contextmanager
    def _clock(self) -> Iterator[None]:
        """Questions read a clock that stands still until a person has taken their time."""
        named = Question.__init__.__kwdefaults__ | {"clock": lambda: self._now}
        with patch.object(Question.__init__, "__kwdefaults__", named), patch.object(contact_changes, "PAUSE", 0.0):
            yield

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """A mistake that the program survives is one all the same."""
        findings = self.findings

        class Ear(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                words = record.getMessage()
                if record.levelno >= logging.ERROR:
                    findings.crashes.append(words)
                elif findings.crashes and "File " in words:
                    findings.crashes[-1] += words  # where it was

        ear, log = Ear(), logging.getLogger("wxtui")
        level = log.level
        log.addHandler(ear)
        log.setLevel(logging.INFO)
        try:
            yield
        finally:
            log.removeHandler(ear)
            log.setLevel(level)

    async def _life(self, inputs: int, *, quiet: bool = False) -> None:
        """Start the program, play, and leave; `quiet`: only let what waits go out."""
        self.findings.lives += 1
        self._ledger.named.clear()
        follows, self._follows = self._follows, None
        if follows is None:
            store = await Store.open(self._profile.store_file, clock=lambda: datetime.now(UTC))
        else:
            store = follows.store
        async with store:
            settings = Settings(
                start_dir=self._files_folder,
                download_dir=self._files_folder.parent / "saved",
                open_command=("true",),
                play_command=("true",),
                pictures="always",
                pictures_by=self._random.choice(("blocks", "kitty", "sixel")),
            )
            options = LoginOptions(origin=self._sandbox.origin)
            app = WxtuiApp(self._profile, options, settings, store, follows=follows)
            app.driver_class = Paper
            task = asyncio.create_task(app.run_async(size=(100, 30)))
            try:
                await self._ready(app, task)
                if quiet:
                    await self._settled(store)
                    self._drafts |= {one.draft for one in await store.conversations()}
                else:
                    await self._play(app, task, inputs)
            except Hang as hang:
                self.findings.hangs.append(f"step {self._step}: {hang}; {self._told()}")
            finally:
                app.exit()
                await asyncio.wait({task}, timeout=PATIENCE)
                self._ended(app, task)
        if (successor := app.successor) is not None:
            self.findings.switched += 1
            self._follows, self._profile = successor, successor.profile
            self._profiles[self._profile.name] = self._profile
        self._look_at_server()

    def _ended(self, app: WxtuiApp, task: asyncio.Task[None]) -> None:
        if not task.done():
            self.findings.hangs.append(f"step {self._step}: the program does not end; {self._told()}")
            task.cancel()
        elif (broken := app.broken_by) is not None or (broken := task.exception()) is not None:
            import traceback

            lines = "".join(traceback.format_exception(broken))
            self.findings.crashes.append(f"step {self._step}: {lines} after {self._told()}")
        driver = app._driver
        if isinstance(driver, Paper):
            self.findings.escapes += driver.foul

    async def _ready(self, app: WxtuiApp, task: asyncio.Task[None]) -> None:
        """Wait for the session."""
        await until(lambda: task.done() or app.context.runtime.client is not None, PATIENCE)
        await self._settle(app)

    async def _settled(self, store: Store) -> None:
        """Wait until nothing waits."""

        async def nothing_waits() -> bool:
            files = [one for one in await store.unfinished_uploads() if not one.paused]
            return not (await store.waiting() or files)

        # What waits for a login in which its person is known waits on.
        with suppress(TimeoutError):
            await until(nothing_waits, PATIENCE / 4)

    async def _play(self, app: WxtuiApp, task: asyncio.Task[None], inputs: int) -> None:
        driver = app._driver
        assert isinstance(driver, Paper)
        for _ in range(LIVES):
            if _is_left(app, task) or self.findings.inputs >= inputs or self.findings.crashes:
                return
            self._step += 1
            width, height = driver._size or (100, 30)
            self._people()
            sight = self._sight(app)
            self.findings.screens[sight.top] += 1
            burst = self._hand.burst(width, height)
            patient = self._random.random() < 0.6
            if sight.top == "Question":
                burst, patient = self._reply(sight, burst)
            if patient:
                self._now += HUMAN
            asked = app.screen if sight.top == "Question" else None
            if asked is not None and asked is self._asked and self._now > self._asked_at:
                patient = True  # It has been there for a while.
            if asked is not self._asked:
                self._asked, self._asked_at = asked, self._now - (HUMAN if patient else 0)
            self._ledger.before(self._step, sight, burst, patient=patient)
            said = " ".join(_name(one) for one in burst)
            self._story.append(f"{self._step} {sight} {said}{' (after a while)' if patient and asked else ''}")
            self._type(driver, burst)
            await self._settle(app)
            self.findings.inputs += len(burst)
            seen_after = sight if _is_left(app, task) else self._sight(app)
            self._ledger.after(self._step, seen_after, self._complaint(app), self._told())
            # A question that a letter raised is taken back by more letters; what else came of it the server tells.
            lasting = isinstance(asked, Question) and asked._letter is None
            if lasting and not patient and asked not in app.screen_stack and not task.done():
                self.findings.unintended.append(
                    f"step {self._step}: “{sight.question}” was answered at once by {[_name(one) for one in burst]}"
                )
            self._look_at_server()

    def _type(self, driver: Paper, burst: Sequence[Input]) -> None:
        for one in burst:
            if isinstance(one, Resized):
                driver.resize(one.width, one.height)
            elif one.name == ESCAPE:
                driver.process_message(events.Key("escape", "\x1b"))
            else:
                driver.type(one.data)
        driver.rest()

    def _reply(self, sight: Sight, burst: list[Input]) -> tuple[list[Input], bool]:
        """How a question is met: at a human pace or at once, with one of its answers or with whatever comes."""
        rng = self._random
        patient = rng.random() < 0.6
        answer = rng.choice("yyyftn")
        if "Log out" in sight.question and rng.random() < 0.9:
            return [key(ESCAPE)], True
        if "There is no profile" in sight.question and rng.random() < 0.8:
            return letters("y"), True
        return ([Typed(answer.encode(), answer, answer)] if rng.random() < 0.6 else burst), patient

    def _people(self) -> None:
        """Now and then somebody writes, takes back, or one writes on the phone."""
        rng = self._random
        if rng.random() > 0.05:
            return
        sender = rng.choice(("zhangsan", "lisi", "alice", "mum"))
        group = rng.random() < 0.3
        body: dict[str, Any] = {
            "type": "text",
            "content": rng.choice(("好", "understood?", "\x1b]0;PWNED\x07", "[/x]", "long " * 50)),
            "from": sender,
        }
        if rng.random() < 0.5:
            body = {
                "type": rng.choice(
                    ("image", "image", "emoticon", "video", "file", "voice", "link", "revoke", "system", "card")
                ),
                "from": sender,
            }
        if group:
            body["group"] = "项目群"
        self._do("push", **body)
        if rng.random() < 0.5:
            self._noise()

    def _noise(self) -> None:
        """Somebody names oneself, asks to be a friend, is read on the phone, or has a name like none."""
        rng = self._random
        name = rng.choice(HOSTILE)
        match rng.randrange(7):
            case 0:
                called = rng.choice(("林小满", "所有人", "林小满慢", "all"))
                said = f"@{called}\u2005{rng.choice(('来吗', name))}"
                self._do("push", type="text", content=said, group=rng.choice(("project", "reading")))
            case 1:
                self._do("push", type="friend_request", content=rng.choice(("我是小雨", name)))
            case 2:
                self._do("push", type="status_notify", **{"from": "self", "to": rng.choice(("zhangsan", "project"))})
            case 3:
                self._do("contact", name=rng.choice(("reading", "family", "wangwei1")), nickname=name)
            case 4:
                self._do("person", nickname=name, group=rng.choice(("", "project")))
            case 5:
                self._do("contact", name=rng.choice(("lisi", "alice", "mum")), standing=rng.choice(("asks", "friend")))
            case _:
                self._do("push", type="link", content=name, times=rng.choice((1, 40)), **{"from": "daily"})

    def _do(self, path: str, **body: Any) -> None:
        self._sandbox.http.post(f"{self._sandbox.origin}/_sandbox/{path}", json=body)

    # ---------------------------------------------------------------- coming round

    async def _settle(self, app: WxtuiApp) -> None:
        """Until every message pump has come round: what was typed has been handled, and what came of that."""
        before, began = time.process_time(), time.monotonic()
        with _watched():
            for pause in (0.0, 0.001, 0.0):
                await self._round(app)
                await asyncio.sleep(pause)
            # What keys have begun ends before the next is taken; a person waits for that, too.
            while app.is_running and (app.input_waiting or app.is_busy(letter=False) or _looks_for_files(app)):
                if time.monotonic() - began > PATIENCE:
                    raise Hang(f"{app.input_waiting} inputs wait, and nothing comes of them")
                await asyncio.sleep(0.001)
                await self._round(app)
            await self._round(app)
            await self._round(app)
        if time.process_time() - before > CPU_LIMIT:
            raise Hang("more work than any burst may cost")

    async def _round(self, app: WxtuiApp) -> None:
        try:
            pumps: list[MessagePump] = [app]
            for screen in list(app.screen_stack):
                pumps += screen.walk_children(with_self=True)
        except Exception:
            return  # It is being left.
        left = 0
        over = asyncio.Event()

        def came() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                over.set()

        waiting = []
        for pump in pumps:
            if pump.is_running and pump.call_later(came):
                left += 1
                waiting.append(pump)
        if not left:
            return
        ended = asyncio.create_task(over.wait())
        began = time.monotonic()
        while not ended.done():
            await asyncio.wait({ended}, timeout=0.5)
            # Those that were closed meanwhile do not come round any more.
            if not app.is_running or any(not pump.is_running for pump in waiting):
                break
            if time.monotonic() - began > PATIENCE:
                still = [repr(pump) for pump in waiting if not pump._message_queue.empty()]
                ended.cancel()
                raise Hang(f"these do not come round: {still}")
        ended.cancel()

    # ---------------------------------------------------------------- what is seen

    def _sight(self, app: WxtuiApp) -> Sight:
        top = app.screen
        chat = next(screen for screen in app.screen_stack if isinstance(screen, ChatScreen))
        bar, open_one, chosen = chat.composer, chat.conversation, chat.message_log.selected
        sight = Sight(
            top=type(top).__name__,
            # A terminal that has lost its focus shows its caret nowhere, and gives it back with the next key.
            bar=top is chat and (bar.has_focus or app._last_focused_on_app_blur is bar),
            text=bar.text,
            caret=bar.buffer.caret,
            files=bar.attachments,
            conversation=(self._profile.name, open_one.id if open_one else 0),
            name=open_one.name if open_one else "",
            user_name=open_one.user_name if open_one else "",
            completing=chat.completion.display,
            selected=_content(chosen.body) if chosen is not None else "",
            marked=tuple(_content(one.body) for one in chat.message_log.marked),
            viewed=any(isinstance(screen, PictureScreen) for screen in app.screen_stack),
            previewed=chat.correction_preview.display and chat.correction_guard.is_read,
            recalling=not isinstance(top, Question)
            and any(one.group == "revoke" and one.is_running for one in app.workers),
        )
        if isinstance(top, Question):
            return replace(sight, question=top._text._sentence)
        if isinstance(top, FuzzyPicker):
            return replace(sight, title=top._panel._title)
        if isinstance(top, FilePicker):
            marked = tuple(path.name for path in top.marks.paths)
            self._ledger.mark(marked)
            here = (top.at_cursor[1].name,) if top.at_cursor is not None else ()
            return replace(
                sight,
                picked=marked or here,
                filter=top.filter.text,
                offered="Enter again sends" in top.foot.note,
                in_list=top.list.has_focus,
            )
        return sight

    def _complaint(self, app: WxtuiApp) -> bool:
        """Return whether the last line says that something went wrong."""
        chat = next((screen for screen in app.screen_stack if isinstance(screen, ChatScreen)), None)
        return chat is not None and (
            (chat.status._sentence.tone is Tone.BAD and bool(chat.status.said)) or bool(chat.composer.text)
        )

    def _told(self, last: int = 12) -> str:
        """The last bursts, for who wants to try it again, and before them those in the file picker."""
        picking = [one for one in self._story[-60:-last] if "FilePicker" in one]
        return " | ".join([*picking, *self._story[-last:]])

    # ---------------------------------------------------------------- what came of it

    def _look_at_server(self) -> None:
        for one in self._state.sent[self._seen_sent :]:
            self._seen_sent += 1
            self.findings.sent += 1
            text, file = (one.content, "") if one.media is None else ("", one.media.name)
            if not self._ledger.take(one.to_name, one.user_name, text, file):
                what = f"{file or text!r} to {one.to_name}"
                self.findings.unintended.append(
                    f"step {self._step}: sent {what}, which nobody asked for; {self._told(40 if file else 12)}"
                )
        for one in self._state.sent:
            if one.revoked and one.msg_id not in self._revoked:
                self._revoked.add(one.msg_id)
                self.findings.recalled += 1
                if self._ledger.recalls:
                    self._ledger.recalls.pop()
                else:
                    self.findings.unintended.append(
                        f"step {self._step}: recalled {one.content[:40]!r}, which nobody confirmed; {self._told()}"
                    )

        for call in CHANGES:
            for _ in range(self._state.calls[call] - self._changes[call]):
                self._changes[call] += 1
                self.findings.changed += 1
                if not self._ledger.take_change(call):
                    self.findings.unintended.append(f"step {self._step}: {call}, for nobody; {self._told(60)}")

    def _missing(self) -> None:
        """Texts that were seen in the bar as Enter was pressed, and are nowhere."""
        rows = Counter(
            ((name, row.conversation_id), row.what)
            for name, profile in self._profiles.items()
            for row in read_rows(profile.store_file)
            if row.outgoing
        )
        for wish in self._ledger.wishes:
            text = next(iter(wish.texts), "")
            if wish.must and text not in self._drafts and not rows[wish.conversation, text]:
                self.findings.lost.append(f"step {wish.step}: {text[:60]!r} to {wish.to}; {wish.story}")


def _is_left(app: WxtuiApp, task: asyncio.Task[None]) -> bool:
    """Return whether the program has ended, or is ending and has no chat screen any more."""
    return task.done() or not any(isinstance(screen, ChatScreen) for screen in app.screen_stack)


def _looks_for_files(app: WxtuiApp) -> bool:
    """Return whether a paste in the bar may still turn out to be files."""
    chat = next((screen for screen in app.screen_stack if isinstance(screen, ChatScreen)), None)
    return chat is not None and bool(chat.composer._files.looking)


def _content(body: object) -> str:
    if isinstance(body, bodies.Text):
        return body.text
    return body.name if isinstance(body, bodies.File) else ""


def _name(one: Input) -> str:
    return one.name if isinstance(one, Typed) else f"{one.width}x{one.height}"


@contextmanager
def _watched() -> Iterator[None]:
    """Raise `Hang` where the loop's thread works and never gives way."""

    def ring(number: int, frame: FrameType | None) -> None:
        import traceback

        raise Hang("the loop is kept: " + "".join(traceback.format_stack(frame, 8)))

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, CPU_LIMIT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def play(inputs: int, seed: int) -> Findings:
    """A whole run in a sandbox and a home of its own; `WXTUI_HOME` names the home."""
    thread = SandboxThread(replace(OPTIONS, replies=True, reply_delay=0.02, strict_revoke=False))
    with thread as sandbox, tempfile.TemporaryDirectory(prefix="wxtui-monkey-") as folder:
        assert thread.state is not None
        # A command may name a folder (`/save it`): what is saved there is not to lie about.
        with chdir(folder):
            return asyncio.run(Monkey(sandbox, thread.state, Path(folder), seed).run(inputs))
