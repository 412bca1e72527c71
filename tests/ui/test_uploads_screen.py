"""The list of uploads: says how each stands, does what its keys say, and draws what moved and nothing else."""

from __future__ import annotations

from textual.geometry import Region
from textual.pilot import Pilot

from tests.support.dialog_app import DialogApp
from tests.support.screen_text import screen_text
from tests.support.uploads_of_each_state import GROUP, MIB, FakeQueue, one_of_each_state, upload, uploads_screen
from tests.support.waiting import until
from tui import errors
from tui.screens.dialogs.question import Question
from tui.services.uploads.upload_state import UploadSeries, UploadState
from tui.widgets.base.progress_text import progress_text
from tui.widgets.base.styles import THEME_STYLES
from tui.widgets.lists.upload_list import UploadList


def row(app: DialogApp, name: str) -> str:
    """The line that begins with a name."""
    return next(line for line in screen_text(app) if line[2:].startswith(name))


async def answer(pilot: Pilot[None], question: str, key: str = "y") -> None:
    """Answer the question that stands on the screen, as soon as that counts."""
    asked = pilot.app.screen
    assert isinstance(asked, Question)
    await until(asked.settling.answers)
    assert question in " ".join(" ".join(screen_text(pilot.app)).split())
    await pilot.press(key)
    await pilot.pause()


async def test_every_state_is_said_in_words() -> None:
    app = DialogApp()
    async with app.run_test(size=(100, 24)) as pilot:
        await app.show(uploads_screen(FakeQueue(one_of_each_state())))
        await pilot.pause()
        assert "▰▰▰▰▰▰▰▱▱▱  70% 28 MiB 3.1 MiB/s 12 s" in row(app, "build.log")
        assert "queued" in row(app, "second.zip")
        assert "? may have arrived" in row(app, "lost.bin")
        assert "✗ the file was changed" in row(app, "night build.log")
        assert "✓ sent" in row(app, "设计稿")
        assert "cancelled" in row(app, "holiday")
        assert "张三" in row(app, "build.log")
        assert "40 MiB" in row(app, "build.log")
        assert "1 running · 3 waiting · 1 sent · 2 not sent" in screen_text(app)[0]


async def test_unfinished_first_then_what_needs_somebody_then_the_done() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(uploads_screen(FakeQueue(one_of_each_state())))
        await pilot.pause()
        assert [one.id for one in app.screen.query_one(UploadList).shown] == [5, 6, 7, 8, 4, 2, 3, 1]


async def test_an_empty_list_says_how_to_send() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(uploads_screen(FakeQueue()))
        await pilot.press("enter", "c", "R", "J", "x")
        text = " ".join("\n".join(screen_text(app)).split())
        assert "No uploads yet." in text
        assert "Ctrl+O" in text
        await pilot.press("escape")
        assert app.results == [None]


async def test_keys_reach_the_queue() -> None:
    app, queue = DialogApp(), FakeQueue(one_of_each_state())
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(uploads_screen(queue))
        await pilot.press("c", "y")
        assert queue.told == [], "an answer at once is none"
        await answer(pilot, "Cancel “build.log”?")
        assert queue.told == [("cancel", 5)]
        assert any("Cancelled; nothing was sent." in line for line in screen_text(app))
        await pilot.press("R")
        await answer(pilot, "Send “build.log” again?")
        assert queue.told[-1] == ("retry", 5)


async def test_waiting_ones_change_places_and_the_cursor_goes_along() -> None:
    app, queue = DialogApp(), FakeQueue(one_of_each_state())
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(uploads_screen(queue))
        await pilot.press("j", "J")
        rows = app.screen.query_one(UploadList)
        assert [one.id for one in rows.shown][:4] == [5, 7, 6, 8]
        assert rows.at_cursor is not None and rows.at_cursor.id == 6
        await pilot.press("K", "K")
        assert queue.told == [("reorder", 1), ("reorder", -1), ("reorder", -1)]


async def test_only_waiting_ones_change_places() -> None:
    app, queue = DialogApp(), FakeQueue(one_of_each_state())
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(uploads_screen(queue))
        await pilot.press("J", "G", "K")
        assert queue.told == []


async def test_too_late_is_said() -> None:
    app, queue = DialogApp(), FakeQueue([upload(1, "a.zip", UploadState.SENDING)], too_late=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(uploads_screen(queue))
        await pilot.press("c")
        await answer(pilot, "Cancel “a.zip”?")
        assert any("Too late to cancel" in line for line in screen_text(app))


async def test_what_may_have_arrived_goes_again_only_after_a_question() -> None:
    app, queue = DialogApp(), FakeQueue([upload(4, "lost.bin", UploadState.UNKNOWN)])
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(uploads_screen(queue))
        await pilot.press("R")
        await answer(pilot, "it may have arrived", "escape")
        assert queue.told == []
        await pilot.press("R")
        await answer(pilot, "it may have arrived")
        assert queue.told == [("resend", 4)]


async def test_enter_gives_the_upload_whose_message_is_wanted() -> None:
    app, queue = DialogApp(), FakeQueue(one_of_each_state())
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(uploads_screen(queue))
        await pilot.press("G", "enter")
        assert app.results == [queue.uploads[0]]


async def test_leaving_twice_takes_no_other_screen_away() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        below, above = uploads_screen(FakeQueue(one_of_each_state())), uploads_screen(FakeQueue(one_of_each_state()))
        await app.show(below)
        await app.show(above)
        above.dismiss(None)
        above.dismiss(None)
        await pilot.pause()
        assert app.screen is below
        assert app.results == [None]


async def test_done_ones_are_cleared_for_good_and_come_back_when_sent_again() -> None:
    app, queue = DialogApp(), FakeQueue(one_of_each_state())
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(uploads_screen(queue))
        await pilot.press("x")
        assert [one.id for one in app.screen.query_one(UploadList).shown] == [5, 6, 7, 8, 4, 2]
        await pilot.press("escape")
        await app.show(uploads_screen(queue))
        await pilot.press("x")
        assert [one.id for one in app.screen.query_one(UploadList).shown] == [5, 6, 7, 8]
        queue.uploads[1].begin()
        await queue.is_looked_at()
        assert [one.id for one in app.screen.query_one(UploadList).shown] == [5, 2, 6, 7, 8]


async def test_only_what_moved_is_drawn_again() -> None:
    app, queue = DialogApp(), FakeQueue(one_of_each_state())
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(uploads_screen(queue))
        await queue.is_looked_at()
        rows = app.screen.query_one(UploadList)
        drawn: list[tuple[Region, ...]] = []
        refresh = rows.refresh

        def spy(*regions: Region, **options: bool) -> UploadList:
            drawn.append(regions)
            refresh(*regions, **options)
            return rows

        rows.refresh = spy  # type: ignore[method-assign,assignment]
        await queue.is_looked_at()
        assert drawn == []
        queue.uploads[4].done += 8 * MIB
        await queue.is_looked_at()
        await pilot.pause()
        assert len(drawn) == 1
        [[region]] = drawn
        assert (region.y, region.height) == (0, 1)
        assert region.width < 40
        assert " 90%" in row(app, "build.log")


async def test_nothing_is_looked_at_ten_times_a_second_when_all_is_over() -> None:
    app, queue = DialogApp(), FakeQueue([upload(1, "a.zip", UploadState.SENT)])
    async with app.run_test(size=(80, 24)) as pilot:
        screen = uploads_screen(queue)
        await app.show(screen)
        await pilot.pause()
        assert screen.interval == 1.0
        queue.uploads.append(upload(2, "b.zip", UploadState.QUEUED))
        await pilot.press("x")
        assert screen.interval == 0.1


def test_progress_text_drops_what_matters_least() -> None:
    styles = THEME_STYLES["terminal"]
    one = upload(1, "a", UploadState.UPLOADING, done=28 * MIB)

    def shown(width: int) -> str:
        return "".join(segment.text for segment in progress_text(one, width, styles))

    assert shown(60) == "▰▰▰▰▰▰▰▱▱▱  70% 28 MiB 3.1 MiB/s 12 s"
    assert shown(28) == "▰▰▰▱▱  70% 3.1 MiB/s 12 s"
    assert shown(16) == "▰▰▰▱▱  70% 12 s"
    assert shown(12) == "▰▰▰▱▱  70%"
    assert shown(6) == "70%"
    assert shown(2) == "7…"
    one.size = 0
    assert shown(12) == "▱▱▱▱▱   0%"
    one.state, one.size, one.done = UploadState.HASHING, 100, 250
    assert shown(40) == "▰▰▰▰▰ 100% reading the file"
    one.seconds_left = float("inf")
    one.state = UploadState.UPLOADING
    assert shown(28).endswith("MiB/s")


async def test_narrow_and_low_keep_names_and_progress() -> None:
    app = DialogApp("light")
    async with app.run_test(size=(40, 12)) as pilot:
        await app.show(uploads_screen(FakeQueue(one_of_each_state())))
        await pilot.pause()
        assert "70%" in row(app, "build.log")
        assert all(len(line) <= 40 for line in screen_text(app))


async def test_p_pauses_and_lets_it_go_on_and_its_place_stays() -> None:
    app, queue = DialogApp(), FakeQueue(one_of_each_state())
    async with app.run_test(size=(100, 24)) as pilot:
        screen = uploads_screen(queue)
        await app.show(screen)
        await pilot.press("j", "p")
        assert queue.told == [("pause", 6)]
        rows = app.screen.query_one(UploadList)
        assert [one.id for one in rows.shown] == [5, 6, 7, 8, 4, 2, 3, 1]
        assert any("Paused; p resumes." in line for line in screen_text(app))
        assert "1 running · 2 waiting · 1 paused · 1 sent · 2 not sent" in screen_text(app)[0]
        await pilot.press("J", "p", "p")
        assert queue.told[1:] == [("reorder", 1), ("go on", 6), ("pause", 6)]


async def test_a_paused_one_says_how_far_it_is_and_what_its_keys_are() -> None:
    app = DialogApp()
    one = upload(1, "a.zip", UploadState.PAUSED, done=18 * MIB)
    one.paused = True
    async with app.run_test(size=(100, 24)) as pilot:
        screen = uploads_screen(FakeQueue([one]))
        await app.show(screen)
        await pilot.pause()
        assert "paused · 45%" in row(app, "a.zip")
        assert "p resume" in screen_text(app)[-1]
        assert "c cancel" in screen_text(app)[-1]
        assert any("p resumes" in line for line in screen_text(app))
        assert screen.interval == 1.0, "nothing moves"


async def test_too_late_to_pause_is_said() -> None:
    app, queue = DialogApp(), FakeQueue([upload(1, "a.zip", UploadState.SENDING)], too_late=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(uploads_screen(queue))
        await pilot.press("p")
        assert any("Too late: its message is being sent." in line for line in screen_text(app))


async def test_a_wait_says_when_the_next_try_is_and_a_new_start_why() -> None:
    app = DialogApp()
    one = upload(1, "a.zip", UploadState.WAITING)
    one.seconds_left = 12.0
    one.note = errors.Phrase("The upload started over: you logged in again.")
    async with app.run_test(size=(100, 24)) as pilot:
        await app.show(uploads_screen(FakeQueue([one])))
        await pilot.pause()
        assert "! waiting for the network · 12 s" in row(app, "a.zip")
        assert "The upload started over: you logged in again." in " ".join(" ".join(screen_text(app)).split())


async def test_a_file_for_several_is_one_row_and_its_keys_mean_all_of_it() -> None:
    states = (UploadState.SENT, UploadState.UPLOADING, UploadState.QUEUED)
    uploads = [upload(number, "build.log", state, to=GROUP) for number, state in enumerate(states, 1)]
    for one in uploads:
        one.series = UploadSeries(uploads)
    queue = FakeQueue([*uploads, upload(4, "other.zip", UploadState.QUEUED)])
    app = DialogApp()
    async with app.run_test(size=(100, 24)) as pilot:
        await app.show(uploads_screen(queue))
        await pilot.pause()
        assert [one.id for one in app.screen.query_one(UploadList).shown] == [2, 4]
        assert "sent to 1 of 3" in " ".join(screen_text(app))
        await pilot.press("p")
        assert queue.told == [("pause", 2), ("pause", 3)]
        await pilot.press("c")
        await answer(pilot, "Cancel “build.log”?")
        assert queue.told[2:] == [("cancel", 2), ("cancel", 3)]
        assert "Cancelled; it was already sent to 1 of 3." in " ".join(screen_text(app))
        await until(lambda: [one.id for one in app.screen.query_one(UploadList).shown] == [4, 2])
