"""The file picker, as a person uses it: what is on the screen, and what is picked in the end."""

from __future__ import annotations

import asyncio
import os
import stat
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.events import Click

from tests.support.app_idle import app_idle
from tests.support.examples import examples
from tests.support.fake_time import StoppedClock
from tests.support.file_picker_app import FilePickerApp
from tests.support.screen_text import screen_strips, screen_text
from tests.support.waiting import until
from tui import errors
from tui.screens.files.marked_files import PickedFile
from tui.screens.settling import SETTLE
from tui.services.file_browser.bookmarks import Bookmarks, BookmarksFile
from tui.services.pictures.drawn import Drawn, PictureBox, PictureFrame
from tui.wire.media_types import MediaKind
from tui.wire.names import Endpoint

OLD = 1_600_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "工作"
    (place / "src").mkdir(parents=True)
    (place / "src" / "main.py").write_text("print('hi')\n")
    for name, size in (("part 10.log", 30), ("part 9.log", 2000), ("图.png", 40), ("季度报告.txt", 50)):
        (place / name).write_bytes(b"x" * size)
    (place / ".hidden.txt").write_text("dot")
    (place / "empty.log").touch()
    for number, path in enumerate(sorted(place.rglob("*"))):
        if path.is_file():
            os.utime(path, (OLD + number, OLD + number))
    return place


def shown(app: FilePickerApp) -> str:
    return "\n".join(screen_text(app))


def rows(app: FilePickerApp) -> list[str]:
    folder = app.picker.list.folder
    return [folder.names[index] for index in app.picker.list.shown] if folder else []


def with_clock(folder: Path) -> tuple[FilePickerApp, StoppedClock]:
    clock = StoppedClock()
    return FilePickerApp(folder, clock=clock), clock


async def ready(app: FilePickerApp, *names: str) -> None:
    await until(lambda: app.picker.directory.folder.complete and app.picker.list.units_loaded)
    if names:
        await until(lambda: rows(app) == list(names))


ALL = ("src", "empty.log", "part 9.log", "part 10.log", "季度报告.txt", "图.png")


async def test_what_a_person_sees(folder: Path) -> None:
    app = FilePickerApp(folder)
    async with app.run_test(size=(100, 24)) as pilot:
        await ready(app, *ALL)
        await until(lambda: "2 KiB" in shown(app))
        text = shown(app)
        assert "Send to  项目群 (group, 214)" in text
        assert "工作" in screen_text(app)[2]
        assert "src/" in text
        assert "2020-09-13" in text
        assert "── 6 ── by name" in text
        assert await pilot.click("FileList") is True


async def test_enter_opens_folders_and_backspace_goes_back_to_them(folder: Path) -> None:
    app = FilePickerApp(folder)
    async with app.run_test() as pilot:
        await ready(app, *ALL)
        await pilot.press("enter")
        await ready(app, "main.py")
        await pilot.press("backspace")
        await ready(app, *ALL)
        assert app.picker.at_cursor is not None and app.picker.at_cursor[1] == folder / "src"


async def test_enter_on_a_file_picks_it(folder: Path) -> None:
    app = FilePickerApp(folder)
    async with app.run_test() as pilot:
        await ready(app, *ALL)
        await pilot.press("j", "j", "enter")
        await until(lambda: app.left)
    assert app.picked is not None
    assert app.picked == (PickedFile(folder / "part 9.log", MediaKind.AUTO),)


async def test_marked_files_go_in_the_order_they_were_marked(folder: Path) -> None:
    app = FilePickerApp(folder)
    async with app.run_test() as pilot:
        await ready(app, *ALL)
        await pilot.press("end", "space", "home", "j", "j", "space")
        await until(lambda: "✓ 2 files · 2 KiB" in shown(app))
        assert sum("✓ " in line for line in screen_text(app)[3:-1]) == 2
        await pilot.press("ctrl+s")
        await until(lambda: app.left)
    assert app.picked is not None
    assert [file.path.name for file in app.picked] == ["图.png", "part 9.log"]


async def test_marks_survive_another_folder_and_escape_asks_once(folder: Path) -> None:
    app = FilePickerApp(folder)
    async with app.run_test() as pilot:
        await ready(app, *ALL)
        await pilot.press("end", "space", "home", "enter")
        await ready(app, "main.py")
        await pilot.press("escape")
        assert "1 marked. Esc again closes without sending." in shown(app)
        assert not app.left
        await pilot.press("escape")
        await until(lambda: app.left)
    assert app.picked is None


async def test_escape_leaves_at_once_without_marks(folder: Path) -> None:
    app = FilePickerApp(folder)
    async with app.run_test() as pilot:
        await ready(app, *ALL)
        await pilot.press("escape")
        await until(lambda: app.left)
    assert app.picked is None


async def test_a_kind_for_each_file(folder: Path) -> None:
    app = FilePickerApp(folder)
    async with app.run_test(size=(120, 24)) as pilot:
        await ready(app, *ALL)
        await pilot.press("end", "alt+a", "alt+a", "alt+a", "alt+a")
        await until(lambda: "=file" in shown(app))
        assert "Will be sent as: file" in shown(app)
        await pilot.press("enter")
        await until(lambda: app.left)
    assert app.picked is not None
    assert app.picked == (PickedFile(folder / "图.png", MediaKind.FILE),)


async def test_the_kind_that_was_asked_for_is_the_one_to_begin_with(folder: Path) -> None:
    app = FilePickerApp(folder, kind=MediaKind.VIDEO)
    async with app.run_test() as pilot:
        await ready(app, *ALL)
        await pilot.press("end", "enter")
        await until(lambda: app.left)
    assert app.picked is not None
    assert app.picked[0].kind is MediaKind.VIDEO


async def test_hidden_files_and_sorts(folder: Path) -> None:
    app = FilePickerApp(folder)
    async with app.run_test() as pilot:
        await ready(app, *ALL)
        await pilot.press("full_stop")
        await until(lambda: ".hidden.txt" in rows(app))
        assert "hidden shown" in shown(app)
        await pilot.press("alt+h")
        await ready(app, *ALL)
        await pilot.press("alt+s")
        await until(lambda: rows(app)[1:] == ["季度报告.txt", "图.png", "part 9.log", "part 10.log", "empty.log"])
        assert "newest first" in shown(app)
        await pilot.press("alt+s")
        await until(lambda: rows(app)[:3] == ["src", "part 9.log", "季度报告.txt"])
        await pilot.press("alt+s")
        await ready(app, *ALL)


async def test_filter_by_letters_and_by_pinyin(folder: Path) -> None:
    app = FilePickerApp(folder)
    async with app.run_test() as pilot:
        await ready(app, *ALL)
        await pilot.press("slash", "p", "1", "0")
        await until(lambda: rows(app) == ["part 10.log"])
        assert "1 of 6" in shown(app)
        await pilot.press("escape")
        await ready(app, *ALL)
        await pilot.press("slash", *"jdbg")
        await until(lambda: rows(app) == ["季度报告.txt"])
        await pilot.press("q")
        await until(lambda: "No matches." in shown(app))


async def test_enter_typed_ahead_of_the_filter_sends_no_other_file(folder: Path) -> None:
    app = FilePickerApp(folder)
    async with app.run_test() as pilot:
        await ready(app, *ALL)
        await pilot.press("slash")
        picker = app.picker
        for letter in "part 10.log":
            picker.filter.insert(letter)
        picker.filter.action_submit()
        await until(lambda: app.left)
    assert app.picked is not None
    assert app.picked[0].path.name == "part 10.log"


@pytest.mark.parametrize("typed", ["p10", "{folder}/p10", "{folder}/src/ma"])
async def test_a_name_that_was_not_typed_whole_is_said_and_goes_with_a_second_press(folder: Path, typed: str) -> None:
    app, clock = with_clock(folder)
    async with app.run_test(size=(100, 24)) as pilot:
        await ready(app, *ALL)
        await pilot.press("slash")
        app.picker.filter.insert(typed.format(folder=folder))
        wanted = "main.py" if "src" in typed else "part 10.log"
        await ready(app, wanted)
        for _held in range(4):
            await pilot.press("enter")
            await until(lambda: f"Enter again sends “{wanted}”." in shown(app))
            await pilot.pause()
            clock.now += SETTLE - 0.05
        assert not app.left
        clock.now += SETTLE
        await pilot.press("enter")
        await until(lambda: app.left)
    assert app.picked is not None
    assert [file.path.name for file in app.picked] == [wanted]


@pytest.mark.parametrize("ahead", [False, True])
async def test_enter_on_a_path_that_ends_in_a_slash_goes_there(folder: Path, *, ahead: bool) -> None:
    (folder / "only files").mkdir()
    (folder / "only files" / "secret.txt").write_text("x")
    os.utime(folder / "only files" / "secret.txt", (OLD, OLD))
    app = FilePickerApp(folder)
    async with app.run_test(size=(100, 24)) as pilot:
        await ready(app)
        await pilot.press("slash")
        app.picker.filter.insert(f"{folder}/only files/")
        if not ahead:
            await ready(app, "secret.txt")
        app.picker.filter.action_submit()
        await until(lambda: app.picker.focused is app.picker.list)
        await ready(app, "secret.txt")
        assert (app.picker.filter.text, app.picker.directory.folder.path) == ("", folder / "only files")
        await pilot.press("enter")
        await until(lambda: "Enter again sends “secret.txt”." in shown(app))
        assert not app.left
        await pilot.press("home", "enter")
        await until(lambda: app.left)
    assert app.picked is not None, "the person moved the cursor there"


@pytest.mark.parametrize("place", ["", "{folder}/"])
async def test_a_whole_name_is_one_file_among_those_that_fit(folder: Path, place: str) -> None:
    for name in ("part 1", "apart 1"):
        (folder / name).write_text("x")
        os.utime(folder / name, (OLD, OLD))
    app = FilePickerApp(folder)
    async with app.run_test() as pilot:
        await ready(app)
        await until(lambda: "part 1" in rows(app))
        await pilot.press("slash")
        app.picker.filter.insert(place.format(folder=folder) + "part 1")
        app.picker.filter.action_submit()
        await until(lambda: app.left)
    assert app.picked is not None
    assert [file.path.name for file in app.picked] == ["part 1"]


async def test_a_typed_path_jumps_there_and_escape_comes_back(folder: Path) -> None:
    app = FilePickerApp(folder)
    async with app.run_test() as pilot:
        await ready(app, *ALL)
        await pilot.press("slash")
        app.picker.filter.insert(f"{folder}/src/ma")
        await until(lambda: app.picker.directory.folder.path == folder / "src")
        await ready(app, "main.py")
        app.picker.filter.insert("/nowhere/x")
        await until(lambda: "No such folder" in shown(app))
        await pilot.press("escape")
        await ready(app, *ALL)


async def test_what_cannot_be_sent_is_said_before_and_stops_it(folder: Path) -> None:
    app, clock = with_clock(folder)
    async with app.run_test() as pilot:
        await ready(app, *ALL)
        await pilot.press("j")
        await until(lambda: "is empty" in shown(app))
        await pilot.press("enter")
        await until(lambda: "Nothing was sent" in shown(app))
        await pilot.press("enter")
        await app_idle(pilot)
        assert not app.left
        await pilot.press("space", "space")
        await until(lambda: "✗ empty.log" in shown(app))
        await pilot.press("ctrl+s")
        await until(lambda: "Enter again sends the others (1)." in " ".join(shown(app).split()))
        await pilot.pause()
        clock.now += 1
        await pilot.press("ctrl+s")
        await until(lambda: app.left)
    assert app.picked is not None
    assert [file.path.name for file in app.picked] == ["part 9.log"]


async def test_a_private_key_needs_a_second_look(folder: Path) -> None:
    key = folder / "deploy"
    key.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    os.utime(key, (OLD, OLD))
    app, clock = with_clock(folder)
    async with app.run_test() as pilot:
        await ready(app)
        await until(lambda: "deploy" in rows(app))
        await pilot.press("j")
        await until(lambda: "looks like a private key" in shown(app))
        await pilot.press("enter", "enter", "enter")
        await until(lambda: "Enter again sends it anyway." in shown(app))
        for _held in range(4):
            # Held down, Enter is no answer, however long.
            clock.now += SETTLE - 0.05
            await pilot.press("enter")
            await pilot.app.workers.wait_for_complete()
            await pilot.pause()
        assert not app.left
        clock.now += SETTLE + 0.05
        await pilot.press("enter")
        await until(lambda: app.left)
    assert app.picked is not None


async def test_bookmarks_and_recent_folders_are_kept(folder: Path, tmp_path: Path) -> None:
    kept = BookmarksFile(tmp_path / "state" / "places.json")
    app = FilePickerApp(folder, kept)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(app, *ALL)
        await pilot.press("alt+b")
        await until(lambda: "Bookmark added." in shown(app))
        assert screen_text(app)[2].endswith("★")
        await until(lambda: kept.load().bookmarks == (folder,))
        await pilot.press("j", "j", "enter")
        await until(lambda: app.left)
    assert kept.load() == Bookmarks((folder,), (folder,))
    assert stat.S_IMODE((tmp_path / "state" / "places.json").stat().st_mode) == 0o600

    app = FilePickerApp(tmp_path, kept)
    async with app.run_test(size=(60, 20)) as pilot:
        await ready(app)
        await until(lambda: app.picker.folders.count > 4)
        await pilot.press("alt+t", "g", "j", "enter")
        await until(lambda: app.picker.directory.folder.path == folder)
        await until(lambda: not app.picker.has_class("tree-alone"))


async def test_the_tree_goes_where_one_goes(folder: Path) -> None:
    app = FilePickerApp(folder)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, *ALL)
        tree = app.picker.folders
        await until(lambda: tree.at_cursor is not None and tree.at_cursor.path == folder)
        await pilot.press("alt+t", "right", "enter")
        await ready(app, "main.py")
        await until(lambda: tree.at_cursor is not None and tree.at_cursor.path == folder / "src")
        await pilot.press("shift+tab", "left", "left")
        assert tree.at_cursor is not None and tree.at_cursor.path == folder


@pytest.mark.parametrize(("width", "tree", "preview"), [(60, False, False), (80, True, False), (120, True, True)])
async def test_panes_by_the_room_there_is(folder: Path, width: int, tree: bool, preview: bool) -> None:
    app = FilePickerApp(folder)
    async with app.run_test(size=(width, 24)) as pilot:
        await ready(app, *ALL)
        assert (app.picker.folders.size.width > 0, app.picker.preview.size.width > 0) == (tree, preview)
        await pilot.resize_terminal(59, 18)
        await pilot.pause()
        assert app.picker.list.size.width == 59


async def test_files_are_previewed_by_their_kind(folder: Path) -> None:
    (folder / "季度报告.txt").write_bytes("第一季度\n数据\x1b[31m".encode("gbk"))
    app = FilePickerApp(folder)
    async with app.run_test(size=(120, 30)) as pilot:
        await ready(app, *ALL)
        await until(lambda: "main.py" in shown(app))
        await pilot.press("j", "j", "j", "j")
        await until(lambda: "第一季度" in shown(app))
        assert "GBK" in shown(app)
        assert "数据␛[31m" in shown(app)


async def test_a_picture_is_drawn_when_it_has_come_and_one_that_the_cursor_left_is_dropped(folder: Path) -> None:
    for name in ("a.gif", "b.gif", "c.gif"):
        (folder / name).write_bytes(b"GIF89a\x10\0\x10\0")
    asked: list[str] = []
    dropped: list[str] = []

    async def draw(path: Path, box: PictureBox) -> Drawn:
        asked.append(path.name)
        if path.name == "a.gif":
            try:
                await asyncio.Event().wait()
            finally:
                dropped.append(path.name)
        if path.name == "b.gif":
            return Drawn("GIF", 16, 16, 2, 1, (PictureFrame(bytes((255, 0, 0, 255) * 2 + (0, 0, 255, 255) * 2), 0),))
        raise errors.PictureUnusable(why="the file is damaged")

    app = FilePickerApp(folder, draw=draw)
    async with app.run_test(size=(120, 30)) as pilot:
        await ready(app)
        await pilot.press("home")
        while cursor_on(app) != "a.gif":
            await pilot.press("j")
        await until(lambda: asked == ["a.gif"])
        assert "GIF 16×16" in shown(app), "its size is known before"
        await pilot.press("j")
        await until(lambda: "▀▀" in shown(app) or "▄▄" in shown(app))
        assert dropped == ["a.gif"]
        await pilot.press("j")
        await until(lambda: "cannot be shown" in shown(app))


async def test_a_folder_that_cannot_be_read_is_said_and_one_stays(folder: Path) -> None:
    app = FilePickerApp(folder)
    async with app.run_test() as pilot:
        await ready(app, *ALL)
        # What is gone before its row was looked at is shown as gone, and not opened at all.
        await until(lambda: app.picker.at_cursor is not None and app.picker.at_cursor[0].modified)
        (folder / "src" / "main.py").unlink()
        (folder / "src").rmdir()
        await pilot.press("enter")
        await until(lambda: "cannot be read" in shown(app))
        assert app.picker.directory.folder.path == folder


async def test_a_start_that_is_gone_shows_what_is_above(tmp_path: Path) -> None:
    app = FilePickerApp(tmp_path / "gone" / "more")
    async with app.run_test():
        await until(lambda: app.picker.directory.folder.complete)
        assert app.picker.directory.folder.path == tmp_path


async def test_strange_entries_are_shown_and_never_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to("loop")
    (folder / "up").symlink_to("..")
    bad = os.fsdecode(b"bad\xff\xfe.txt")
    (folder / bad).write_text("still sendable")
    os.utime(folder / bad, (OLD, OLD))
    app = FilePickerApp(folder)
    async with app.run_test(size=(120, 30)) as pilot:
        await ready(app)
        await until(lambda: "bad��.txt" in shown(app) and "not a file" in shown(app))
        text = shown(app)
        assert "loop →" in text
        assert "up/ →" in text
        assert app.picker.list.point_at_name("pipe")
        await pilot.press("enter", "space")
        await app_idle(pilot)
        assert not app.left
        assert app.picker.list.go_to_name(bad)
        await pilot.press("enter")
        await until(lambda: app.left)
    assert app.picked is not None
    assert app.picked[0].path.read_text() == "still sendable"


async def test_a_click_marks_its_file_also_when_the_rows_move_in_the_same_moment(folder: Path) -> None:
    app = FilePickerApp(folder)
    async with app.run_test(size=(90, 20)) as pilot:
        await ready(app, *ALL)
        await app_idle(pilot)
        files = app.picker.list
        wanted = files.entry_at(2)
        files.on_click(Click(files, 1, 2, 0, 0, 1, False, False, False))
        assert files.folder is not None
        # A folder that is still being read gets its order again and again.
        files.show(files.folder, list(reversed(files.shown)), files.sought)
        assert files.entry_at(2) != wanted
        await pilot.pause()
        assert wanted is not None and app.picker.marks.paths == (wanted[1],)


async def test_the_mouse_points_marks_and_opens(folder: Path) -> None:
    app = FilePickerApp(folder)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, *ALL)
        files = app.picker.list
        await pilot.click("FileList", offset=(10, 2))
        assert files.cursor == 2
        assert not app.left
        await pilot.click("FileList", offset=(1, 3))
        await until(lambda: "✓ 1 file" in shown(app))
        await pilot.click("FileList", offset=(10, 0), times=2)
        await ready(app, "main.py")
        crumb = screen_text(app)[2].index("工作")
        await pilot.click("PickerHead", offset=(crumb + 1, 2))
        await until(lambda: app.picker.directory.folder.path == folder)


NAMES = st.lists(
    st.text(min_size=1, max_size=24).filter(
        lambda name: name not in (".", "..") and "/" not in name and "\0" not in name
    ),
    max_size=6,
    unique=True,
)


@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=NAMES, width=st.integers(40, 130))
def test_any_names_keep_the_lines_straight(
    names: list[str], width: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = tmp_path_factory.mktemp("names")
    for name in names:
        try:
            (place / name).write_text("x")
        except (OSError, UnicodeEncodeError):
            continue
    asyncio.run(_straight(place, width))


async def _straight(place: Path, width: int) -> None:
    app = FilePickerApp(place)
    async with app.run_test(size=(width, 16)) as pilot:
        await until(lambda: app.picker.directory.folder.complete and app.picker.list.units_loaded)
        await pilot.press("full_stop", "j", "space", "slash", "a")
        await pilot.pause()
        for strip in screen_strips(app):
            assert strip.cell_length == width
            assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in strip.text)


async def test_many_entries_are_shown_while_they_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(300):
        (tmp_path / f"file {number}").touch()
    monkeypatch.setattr("tui.services.file_browser.reader.BATCH", 64)
    monkeypatch.setattr("tui.screens.files.directory_model._SHOWN_AGAIN", 0.0)
    app = FilePickerApp(tmp_path)
    async with app.run_test() as pilot:
        await until(lambda: len(rows(app)) > 0)
        await until(lambda: len(rows(app)) == 300)
        await pilot.press("end")
        assert rows(app)[app.picker.list.cursor] == "file 299"


async def test_a_file_over_the_limit_of_this_endpoint(folder: Path) -> None:
    with (folder / "big.iso").open("wb") as file:
        file.truncate(60 * 1024 * 1024)
    os.utime(folder / "big.iso", (OLD, OLD))
    for endpoint, sent in ((Endpoint.WEB, False), (Endpoint.FILEHELPER, True)):
        app = FilePickerApp(folder, endpoint=endpoint)
        async with app.run_test() as pilot:
            await ready(app)
            await until(lambda app=app: "big.iso" in rows(app))  # type: ignore[misc]
            await pilot.press("j", "enter")
            if sent:
                await until(lambda app=app: app.left)  # type: ignore[misc]
            else:
                await until(lambda app=app: "the limit for files is 50 MiB" in shown(app))  # type: ignore[misc]
                assert not app.left


# ---------------------------------------------------------------- typing a name


def cursor_on(app: FilePickerApp) -> str:
    return app.picker.at_cursor[0].name if app.picker.at_cursor else ""


def last_line(app: FilePickerApp) -> str:
    return screen_text(app)[-1]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("p", "part 9.log"),
        ("part 1", "part 10.log"),
        ("s", "src"),
        ("jan", "january.txt"),
        ("hello", "hello.txt"),
        ("jd", "季度报告.txt"),
        ("季度", "季度报告.txt"),
        ("pp", "part 10.log"),
        ("EMPTY", "empty.log"),
    ],
)
async def test_typed_letters_go_to_the_name_that_begins_with_them(folder: Path, typed: str, name: str) -> None:
    for other in ("hello.txt", "january.txt"):
        (folder / other).write_text("x")
    app = FilePickerApp(folder)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app)
        await until(lambda: "hello.txt" in rows(app))
        await pilot.press(*("space" if char == " " else char for char in typed))
        assert cursor_on(app) == name
        assert f"Name starts with: {typed}" in shown(app)
        assert not app.picker.marks and not app.left


async def test_letters_that_no_name_has_do_nothing_and_say_so(folder: Path) -> None:
    app = FilePickerApp(folder)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, *ALL)
        await pilot.press("p", "z")
        assert "No name starts with “pz”. / filters." in shown(app)
        assert cursor_on(app) == "part 9.log"


async def test_a_sentence_typed_in_one_go_marks_and_sends_nothing(folder: Path) -> None:
    app = FilePickerApp(folder)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, *ALL)
        # Not even the file that the cursor was moved to before.
        await pilot.press("down", "up", *"pqr", "space", *"there", "enter")
        await until(lambda: "Enter again sends “part 9.log”." in shown(app))
        assert not app.picker.marks and not app.left


async def test_ctrl_q_quits_while_one_filters(folder: Path) -> None:
    app = FilePickerApp(folder)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, *ALL)
        await pilot.press("slash", "ctrl+q")
        await until(lambda: not app.is_running)


async def test_keys_that_move_still_move(folder: Path) -> None:
    app = FilePickerApp(folder)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, *ALL)
        await pilot.press("j", "j", "k", "j")
        assert cursor_on(app) == "part 9.log"
        await pilot.press("p", "G")
        assert cursor_on(app) == "图.png"
        await pilot.press("g", "p", "j", "space")
        assert [path.name for path in app.picker.marks.paths] == ["part 10.log"]


async def test_enter_at_once_after_letters_sends_nothing_and_later_what_is_seen(folder: Path) -> None:
    app, clock = with_clock(folder)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, *ALL)
        await pilot.press("p", "a", "enter")
        await until(lambda: "Enter again sends “part 9.log”." in shown(app))
        await pilot.press("home", "p", "a")
        await pilot.pause()
        clock.now += SETTLE + 0.05
        await pilot.press("enter")
        await until(lambda: app.left)
    assert app.picked is not None
    assert [file.path.name for file in app.picked] == ["part 9.log"]


# ---------------------------------------------------------------- the last line, and the filter


@pytest.mark.parametrize("width", [36, 50, 80, 140])
async def test_the_last_line_says_what_enter_does_here_and_how_to_leave(folder: Path, width: int) -> None:
    app = FilePickerApp(folder)
    async with app.run_test(size=(width, 20)) as pilot:
        await ready(app, *ALL)
        await until(lambda: "Enter open" in last_line(app))
        assert last_line(app).endswith("Esc leave")
        await pilot.press("down")
        await until(lambda: "Enter send" in last_line(app))
        await pilot.press("space")
        await until(lambda: "1 file" in last_line(app))
        assert last_line(app).endswith("Esc leave")
        await pilot.press("slash")
        await until(lambda: last_line(app).endswith("Esc clear"))
        await pilot.press("escape", "alt+t")
        await until(lambda: last_line(app).endswith("Esc files"))


async def test_enter_on_a_found_folder_goes_there_and_leaves_the_filter(folder: Path) -> None:
    app = FilePickerApp(folder)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, *ALL)
        await pilot.press("slash", "s", "r")
        await ready(app, "src")
        await until(lambda: "Enter open" in last_line(app))
        await pilot.press("enter")
        await ready(app, "main.py")
        assert app.picker.filter.text == ""
        assert app.picker.focused is app.picker.list


async def test_tab_completes_a_path_and_elsewhere_goes_on(folder: Path) -> None:
    (folder / "src" / "sub").mkdir()
    app = FilePickerApp(folder)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app)
        await pilot.press("slash")
        app.picker.filter.insert(f"{folder}/sr")
        await pilot.press("tab")
        await until(lambda: app.picker.filter.text == f"{folder}/src/")
        await ready(app, "sub", "main.py")
        app.picker.filter.insert("M")
        await pilot.press("tab")
        await until(lambda: app.picker.filter.text == f"{folder}/src/main.py")
        app.picker.filter.load(f"{folder}/part")
        await pilot.press("tab")
        await until(lambda: app.picker.filter.text == f"{folder}/part ")
        assert app.picker.focused is app.picker.filter
        app.picker.filter.load("part")
        await pilot.press("tab")
        assert app.picker.focused is app.picker.folders
