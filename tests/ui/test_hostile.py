"""Whatever strangers write and files are called: it is shown and does nothing, and no line is out of shape."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from textual.app import App, ComposeResult
from textual.strip import Strip

from tests.support.examples import examples
from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tests.support.screen_text import screen_strips
from tests.support.stored_messages import CONVERSATION, START, messages, placed, replaced, text
from tests.support.uploads_of_each_state import upload
from tui.app import WxtuiApp
from tui.config.settings import Settings
from tui.screens.dialogs.detail_fields import laid_out, message_facts, message_text
from tui.services.file_browser.listing import EntryKind, FolderEntry, FolderListing
from tui.services.sending.recall_window import RecallWindow
from tui.services.uploads.upload_state import UploadState
from tui.store.models import Conversation, StoredMessage
from tui.terminal.frame import Frame
from tui.terminal.graphemes import cell_len, clusters
from tui.terminal.textual_patches import Update, placed_strips
from tui.widgets.base.canvas import Canvas
from tui.widgets.base.page import Page
from tui.widgets.base.styles import Tone
from tui.widgets.base.text_panel import PanelParagraph, TextPanel
from tui.widgets.base.wrapping import wrapped
from tui.widgets.composer.attachment_line import Attachment, attachment_line
from tui.widgets.composer.completion_popup import CompletionPopup
from tui.widgets.composer.completions import Suggestion
from tui.widgets.composer.composer import Composer
from tui.widgets.conversation_list.conversation_list import ConversationList
from tui.widgets.file_browser.bars import PickerHead
from tui.widgets.file_browser.file_list import FileList
from tui.widgets.header import Header
from tui.widgets.lists.choice_list import Choice, ChoiceList
from tui.widgets.lists.upload_list import UploadDetail, UploadList
from tui.widgets.message_log.message_log import MessageLog
from tui.widgets.status_line import StatusLine
from tui.widgets.text_input.line_edit import LineEdit
from tui.wire import bodies
from tui.wire.contacts import Contact, ContactKind, Member
from tui.wire.media_types import MediaKind

WIDTH, HEIGHT = 61, 120
WIDTHS = (WIDTH, 1, 12, 40, 200)
PLAIN_ADDRESS = re.compile(r"(?:https?://|mailto:)[!-~]+")
MOST_IN_A_CELL = 100
"""Characters: eight parts of an emoji, each with eight marks, and what joins them."""

PIECES = (
    "\x1b[5;8mhidden",
    "\x1b]0;title\x07",
    "\x1b]8;;https://example.com\x1b\\link",
    "\x1bP+q544e\x1b\\",
    "\x1b[?1049l\x1b[6n\x1bc",
    "\x9b6n\x90\x9d\x85",
    "\r\n\v\f\b\0\x7f",
    "\t",
    "\u202egnp.exe\u202c",
    "\u2066\u2067\u200f\u061c",
    "\u2028\u2029",
    "[/x]",
    "[@click=app.quit]tap[/]",
    "[bold red on blue]red",
    "[link=https://example.com]l",
    "\\[",
    "👩" + "\u200d👩" * 3,
    "👩" + "\u200d👩" * 30,
    "a\u200db\u200dc",
    "字\u200d👩\u200d字",
    "\u200d\u200d\ufe0f",
    "e\u0301",
    "\u0301" * 12,
    "\u1112\u1161\u11ab" + "\u1161" * 20,
    "🏽" * 12,
    "\u0903" * 12,
    "\u3164\uffa0\u115f",
    "\U0001bca0" * 12,
    "🇨🇳🇨",
    "☺️1️⃣❤",
    "\U000e0041\U000e007f",
    "\ud83d\udcff",
    "你好，世界",
    "plain words ",
    "\n",
)
HUGE = (
    "x" * 100_000,
    "字" * 100_000,
    "a" + "\u0301" * 10_000,
    "👩" + "\u200d👩" * 10_000,
    "👩" + "\u200d" * 10_000,
    "[@click=app.quit]" * 6_000,
    "\x1b[5m" * 20_000,
    "🇨" * 10_001,
    "🏽" * 10_000,
    " " * 50_000 + "end",
    "\n" * 10_000,
    "\u1161\u0301" * 5_000,
)


class Long(str):
    """Told in few words when a test fails."""

    def __repr__(self) -> str:
        return f"{self[:20]!s:.20}…*{len(self)}".encode("unicode_escape").decode()


mixed = st.lists(
    st.one_of(st.sampled_from(PIECES), st.sampled_from(PIECES), st.text(st.characters(), max_size=10)), max_size=12
).map("".join)
huge = st.integers(0, len(HUGE) - 1).map(lambda index: Long(HUGE[index]))
texts = st.one_of(mixed, mixed, mixed, mixed, mixed, huge)

FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\u2028\u2029\ud800-\udfff\U000e0001-\U000e001f]"
)
OWN = re.compile(r"\x1b\[(?:[0-9;]*[mGHCK]|2J|\?25[lh]|\?2026[lh])|\r\n|\r|\x08")
"""All that the program itself ever sends: styles, moves, erasing, the cursor, synchronized updates."""


def inert(strip: Strip, width: int, *, where: object = "") -> None:
    """The line is `width` cells, of text in styles and nothing else, in Textual and at the terminal."""
    line = strip.text
    assert cell_len(line) == width == strip.cell_length, (where, line)
    assert sum(cells for _, cells in clusters(line)) == width, (where, line)
    assert not FORBIDDEN.search(line), (where, line)
    assert max((len(cluster) for cluster, _ in clusters(line)), default=0) <= MOST_IN_A_CELL, where
    for segment in strip:
        assert segment.control is None, where
        assert segment.style is None or not segment.style.meta, where
        link = segment.style.link if segment.style else None
        assert not link or PLAIN_ADDRESS.fullmatch(link), where
    sent = Frame(width, 1, ColorSystem.TRUECOLOR).write([(0, 0, list(strip))], None, synchronized=True)
    assert not FORBIDDEN.search(OWN.sub("", sent)), (where, sent)


class Names:
    """Everybody has the same name."""

    said = ""

    def of(self, user_name: str) -> str:
        return self.said


class Log(MessageLog):
    """The log without a store."""

    def show_one(self, one: StoredMessage, name: str) -> None:
        self._names.said = name  # type: ignore[attr-defined]
        before = replaced(text(1, "above"), time=START)
        self._view.window.fill([before, replaced(one, id=2)], at_start=True, at_end=True)
        self._view.changed()
        self._view.to_bottom()


class TwoEntries(FolderListing):
    """A file and a folder of the same name."""

    def __init__(self, name: str) -> None:
        super().__init__(Path("/a"))
        self.names = [name, name]

    def entry(self, index: int) -> FolderEntry:
        return FolderEntry(self.names[index], EntryKind(1 - index), 10, 0.0)


class Shelf(App[None], inherit_bindings=False):
    """One of each widget that draws what strangers wrote."""

    CSS = f"Screen {{ overflow: hidden; }} Canvas {{ width: {WIDTH}; height: 12; }}"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__()
        self.names = Names()
        self.choices: list[Choice[int]] = []
        self.conversation_list = ConversationList()
        self.header = Header()
        self.status = StatusLine()
        store: Any = None
        self.log_lines = Log(
            store,
            self.names,
            lambda _: None,
            lambda: START,
            RecallWindow(lambda: START),
            settings=Settings(pictures="never"),
            desk=lambda: pytest.fail("no picture is wanted"),
        )
        self.files = FileList(lambda _: "", lambda _: MediaKind.AUTO)
        self.uploads = UploadList()
        self.upload = UploadDetail(lambda one: f"{one.name} to {one.to.name}")
        self.completion = CompletionPopup()
        self.bar = Composer(self.completion)
        self.field = LineEdit(prompt="/ ", placeholder="filter")
        self.page = Page()
        self.words = TextPanel()
        self.crumbs = PickerHead("".join(PIECES), Path("/h"))
        self.picks = ChoiceList(self.choices, {0})

    def compose(self) -> ComposeResult:
        yield from (self.conversation_list, self.header, self.status, self.log_lines, self.files, self.uploads)
        yield from (self.upload, self.completion, self.bar, self.field, self.page, self.words, self.picks)
        yield self.crumbs


def drawn(widget: Canvas, lines: int, *widths: int) -> None:
    """Every line of a widget is inert, at its own width first."""
    for width in (widget.size.width, *widths):
        for y in range(lines):
            inert(widget.draw(y, width), width, where=(type(widget).__name__, y, width))


def few(thorough: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return settings(max_examples=examples(thorough), deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
async def shelf() -> Any:
    app = Shelf()
    async with app.run_test(size=(WIDTH, HEIGHT)):
        yield app


def conversation(name: str, *, unread: int = 0, draft: str = "", kind: ContactKind = ContactKind.GROUP) -> Conversation:
    return Conversation(CONVERSATION, "@@x", name, kind, True, False, unread, draft)


async def test_lists_headers_and_sentences(shelf: Shelf) -> None:
    @few(40)
    @given(texts, st.integers(0, 200), st.sampled_from(ContactKind))
    def check(name: str, unread: int, kind: ContactKind) -> None:
        one = conversation(name, unread=unread, draft=name, kind=kind)
        shelf.conversation_list.update([one])
        drawn(shelf.conversation_list, 2, *WIDTHS[2:])
        member = Member("@m", name, name)
        shelf.header.show(one, Contact("@@x", name[::-1], name, kind, members=(member,)))
        shelf.header.account = name
        drawn(shelf.header, 2, *WIDTHS[2:])
        for tone in Tone:
            shelf.status.say(name, tone)
            drawn(shelf.status, 1, *WIDTHS)
        shelf.words.show(PanelParagraph(name))
        drawn(shelf.words, 12)

    check()


async def test_any_message_is_drawn_in_its_column(shelf: Shelf) -> None:
    body = st.one_of(
        st.builds(bodies.Text, texts),
        st.builds(bodies.File, texts),
        st.builds(bodies.Quote, texts, texts, texts),
        st.builds(bodies.Link, texts, texts),
        st.builds(bodies.System, texts),
        st.builds(bodies.Card, texts, texts, texts),
        st.builds(bodies.Unknown, st.integers(0, 99), st.integers(0, 99), texts),
    )

    @few(40)
    @given(messages(body), texts)
    def check(one: StoredMessage, name: str) -> None:
        (one,) = placed([one], [0])
        shelf.log_lines.show_one(one, name)
        drawn(shelf.log_lines, 12, *WIDTHS[2:])

    check()


async def test_a_message_in_full(shelf: Shelf) -> None:
    @few(30)
    @given(messages(st.one_of(st.builds(bodies.Text, mixed), st.builds(bodies.File, texts))), texts)
    def check(one: StoredMessage, name: str) -> None:
        width = shelf.page.size.width
        shelf.page.show([*laid_out(message_facts(one, name), width), *wrapped(message_text(one.body), width)])
        drawn(shelf.page, 30)

    check()


async def test_files_and_uploads(shelf: Shelf) -> None:
    # A system gives names of at most 255 bytes, undecodable ones as lone surrogates.
    names = mixed.map(lambda name: name.replace("/", "").replace("\0", "")[:255] or "x")

    @few(40)
    @given(names, texts, mixed)
    def check(name: str, target: str, query: str) -> None:
        shelf.files.show(TwoEntries(name), [0, 1], query or name[:2])
        drawn(shelf.files, 3, *WIDTHS[2:])
        to = Contact("@1", target)
        uploads = [upload(number, name, state, to=to) for number, state in enumerate(UploadState)]
        shelf.uploads.show(uploads)
        drawn(shelf.uploads, 12, *WIDTHS[2:])
        shelf.upload.show(uploads[0])
        drawn(shelf.upload, 6)
        shelf.crumbs.show(Path("/h") / name, "★")
        drawn(shelf.crumbs, 3, *WIDTHS[2:])
        styles = shelf.bar.theme_styles
        for width in WIDTHS[2:]:
            for many in (1, 3):
                inert(
                    attachment_line([Attachment(Path("/a") / name, "1 KiB", gone=many > 1)] * many, width, styles),
                    width,
                )

    check()


async def test_what_is_picked_and_completed(shelf: Shelf) -> None:
    @few(40)
    @given(texts, mixed, mixed)
    def check(label: str, hint: str, query: str) -> None:
        shelf.choices[:] = [Choice(label, hint, (), 0), Choice(hint, label, (), 1)]
        for sought in (query, label[:3], "👩"):
            shelf.picks.show(sought, [0, 1])
            drawn(shelf.picks, 2, *WIDTHS[2:])
        shelf.completion.suggestions = [Suggestion(label, label, hint), Suggestion(hint, hint)]
        drawn(shelf.completion, 2, *WIDTHS[2:])

    check()


async def test_any_draft_is_drawn_in_its_column(shelf: Shelf) -> None:
    @few(40)
    @given(texts, st.integers(0, 30))
    def check(draft: str, back: int) -> None:
        for field in (shelf.bar, shelf.field):
            field.load(draft)
            for _ in range(back):
                field.action_edit("left")
            drawn(field, 7)
            place = field.caret
            assert place is not None
            assert 0 <= place[0] <= WIDTH, "one beyond the last column: drawn in it"
            assert 0 <= place[1] < 7

    check()


# ---------------------------------------------------------------- the whole program


Sent = list[str]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sent]:
    """What a terminal would be given, by the program's own frame writer."""
    given_out: Sent = []
    frames: dict[int, Frame] = {}
    original = WxtuiApp.draw_update

    def draw(app: WxtuiApp, update: Update) -> None:
        frame = frames.setdefault(id(app), Frame(*app.size, ColorSystem.TRUECOLOR))
        given_out.append(frame.write(placed_strips(update), app._caret(), synchronized=True))
        original(app, update)

    monkeypatch.setattr(WxtuiApp, "draw_update", draw)
    yield given_out


def all_inert(program: ProgramPilot, sent: Sent) -> None:
    """The screen and everything that was written for it."""
    strips = screen_strips(program.app)
    assert len(strips) == program.app.size.height
    for strip in strips:
        inert(strip, program.app.size.width)
    assert sent
    assert not FORBIDDEN.search(OWN.sub("", "".join(sent)))


async def opened(program: ProgramPilot, name: str) -> None:
    """Open a conversation that cannot be typed."""
    await program.until(lambda: any(one.name == name for one in program.chat.conversation_list.every))
    await program.chat.open(next(one for one in program.chat.conversation_list.every if one.name == name), write=True)
    await program.pilot.pause()


async def arrived(program: ProgramPilot, beginning: str) -> None:
    """Wait for a message too long for its beginning to be in sight."""

    def is_last() -> bool:
        last = program.chat.message_log._view.window.messages[-1].body
        return isinstance(last, bodies.Text) and last.text.startswith(beginning)

    await program.until(is_last)
    await program.pilot.pause()


@pytest.mark.usefixtures("logged_in")
async def test_the_whole_program(sandbox: Sandbox, sent: Sent) -> None:
    nasty = "".join(piece for piece in PIECES if "\ud83d" not in piece and "\n" not in piece)
    name = "[@click=app.quit]\x1b]0;x\x07\u202egpj " + "👩" + "\u200d👩" * 300 + "字" * 3000
    async with run_program(sandbox) as program:
        await opened(program, "项目群")
        sandbox.post("contact", name="李四", nickname=name)
        sandbox.post("push", type="text", content="marks " + nasty + "!", **{"from": "张三"}, group=True)
        await program.sees("marks ␛[5;8mhidden")
        for number, content in enumerate(HUGE[:5]):
            sandbox.post("push", type="text", content=f"n{number} {content}", **{"from": "张三"}, group=True)
            await arrived(program, f"n{number} ")
            all_inert(program, sent)
        sandbox.post("push", type="file", content={"name": "f" + nasty, "size": 5}, **{"from": "张三"}, group=True)
        await program.sees(" f␛[5;8mhidden")
        sandbox.post("push", type="text", content="from someone", **{"from": name}, group=True)
        await program.sees("[@click=app.quit]")
        all_inert(program, sent)
        program.chat.composer.load(nasty)
        await program.sees("› hiddenlink")
        all_inert(program, sent)
        program.chat.composer.load(HUGE[0])
        await program.press("shift+tab")
        all_inert(program, sent)
        program.chat.message_log.focus()
        await program.press("up", "o")
        await program.sees("MsgID")
        all_inert(program, sent)
        await program.press("escape")
        await program.chat.do("goto", "")
        await program.sees("Go to")
        all_inert(program, sent)
        assert program.app.is_running, "nobody clicked anything"


@pytest.mark.usefixtures("logged_in")
async def test_names_in_every_place(sandbox: Sandbox, sent: Sent) -> None:
    name = "Zz[/x][@click=app.quit]\x1b[6n\u202e a\u200db" + "\u0301" * 10_000
    sandbox.post("contact", name="张三", nickname=name, remark="")
    async with run_program(sandbox, size=(80, 24)) as program:
        sandbox.post("push", type="text", content="hello", **{"from": name.replace("\0", "")})
        # A name is read so far and no further.
        await opened(program, name[:2000])
        await program.sees("hello")
        for width, height in ((60, 20), (40, 12), (200, 60)):
            await program.pilot.resize_terminal(width, height)
            await program.pilot.pause()
            strips = screen_strips(program.app)
            for strip in strips:
                inert(strip, width)
        assert not FORBIDDEN.search(OWN.sub("", "".join(sent)))
