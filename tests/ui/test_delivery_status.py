"""What stands behind one's own messages."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import examples
from tests.support.stored_messages import START, messages, replaced, text
from tui import errors
from tui.services.sending.recall_window import RecallWindow
from tui.services.uploads.upload_state import Upload, UploadState
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.terminal.graphemes import cell_len
from tui.widgets.base.reason_words import reason_words
from tui.widgets.message_log.delivery_status import (
    WaitReason,
    reserved,
    status,
    uploads,
)
from tui.wire.bodies import File, Image

OWN = replaced(text(1, mine=True), client_msg_id="c", state=DeliveryState.PENDING, msg_id="")
SENT = replaced(OWN, state=DeliveryState.SENT, msg_id="7041234567890123321", sent_at=START)
UPLOAD = replaced(OWN, body=File("a", 100))


@dataclass
class FakeUpload:
    state: UploadState = UploadState.UPLOADING
    size: int = 12_400_000
    done: int = 8_800_000
    rate: float = 3.1 * 1024 * 1024
    seconds_left: float | None = 2.0


def words(
    message: StoredMessage,
    upload: Upload | None = None,
    *,
    after: float = 0,
    selected: bool = False,
    room: int = 60,
) -> str:
    left = RecallWindow(lambda: START + timedelta(seconds=after)).seconds_left(message)
    return "".join(run for run, _ in status(message, upload, left, selected=selected, room=room))


def test_what_others_said_has_none() -> None:
    assert words(text(1)) == ""
    assert reserved(text(1), selected=False) == 0


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (DeliveryState.PENDING, "…"),
        (DeliveryState.SENDING, "sending…"),
        (DeliveryState.UNKNOWN, "? may have arrived"),
        (DeliveryState.REVOKING, "recalling…"),
        (DeliveryState.REVOKE_UNKNOWN, "recall?"),
        (DeliveryState.REVOKED, "you recalled · e edits"),
        (DeliveryState.CANCELLED, "cancelled"),
        (DeliveryState.RECALLED, "recalled"),
    ],
)
def test_each_state_has_its_words(state: DeliveryState, expected: str) -> None:
    assert words(replaced(OWN, state=state)) == expected


def test_only_a_text_can_be_edited_after_a_revoke() -> None:
    assert words(replaced(OWN, state=DeliveryState.REVOKED, body=Image())) == "you recalled"


def test_from_the_phone_is_only_ticked() -> None:
    assert words(text(1, mine=True)) == "✓"


def test_the_countdown_of_the_revoke_window() -> None:
    assert words(SENT) == "✓ 7041…3321 · 2:00"
    assert words(SENT, after=12.3) == "✓ 7041…3321 · 1:48"
    assert words(SENT, after=119.5) == "✓ 7041…3321 · 0:01"
    assert words(SENT, after=120) == "✓ 7041…3321"
    assert words(SENT, after=1, selected=True) == "✓ 7041234567890123321 · 1:59"
    assert words(SENT, after=-3600) == "✓ 7041…3321", "a clock that was set back: nobody knows"


def test_the_longest_form_that_fits_all_the_time_is_shown_all_the_time() -> None:
    for after, full, short in ((0, "✓ 7041…3321 · 2:00", "✓ · 2:00"), (120, "✓ 7041…3321", "✓")):
        assert words(SENT, after=after, room=18) == full
        assert words(SENT, after=after, room=17) == short, "the id would come when the countdown goes"
        assert words(SENT, after=after, room=8) == short
        assert words(SENT, after=after, room=7) == "✓"


def test_without_a_msgid_nothing_can_be_revoked() -> None:
    assert words(replaced(SENT, msg_id="")) == "✓"


def test_a_failure_says_why_and_what_to_do() -> None:
    failed = replaced(OWN, state=DeliveryState.FAILED, reason="Unreachable")
    assert words(failed) == "✗ not sent: no connection · R retries"
    assert words(replaced(failed, reason="\x1b[31m")) == "✗ not sent · R retries"
    assert words(failed, room=24).endswith("… · R retries")


def test_every_error_has_words() -> None:
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.WxtuiError)]
    assert len(kinds) > 40
    for kind in (errors.NetworkError, errors.ServerRefused, errors.NotUsable, errors.Refused, errors.LocalError):
        for below in kinds:
            if issubclass(below, kind):
                assert reason_words(below.__name__)
    assert reason_words("Interrupted")
    assert reason_words("N_") == reason_words("no such thing") == ""


def test_an_upload_shows_bar_bytes_rate_and_time() -> None:
    assert words(UPLOAD, FakeUpload()) == "▰▰▰▱▱ 70% 8.4 MiB 3.1 MiB/s 2 s"
    assert words(UPLOAD, FakeUpload(), room=26) == "▰▰▰▱▱ 70% 3.1 MiB/s 2 s"
    assert words(UPLOAD, FakeUpload(), room=10) == "▰▰▰▱▱ 70%"
    assert words(UPLOAD, FakeUpload(done=0, rate=0, seconds_left=None)) == "▱▱▱▱▱ 0% 0 B"
    assert words(UPLOAD, FakeUpload(state=UploadState.HASHING)) == "▰▰▰▱▱ 70% reading the file"
    assert words(UPLOAD, FakeUpload(state=UploadState.WAITING)) == "waiting for the network · 2 s"
    assert words(UPLOAD, FakeUpload(state=UploadState.WAITING, seconds_left=None)) == "waiting for the network…"
    assert words(UPLOAD, FakeUpload(state=UploadState.PAUSED)) == "paused · 70%"
    assert words(UPLOAD, FakeUpload(state=UploadState.PAUSED, done=0)) == "paused…"


def test_every_state_of_a_upload_says_something() -> None:
    for state in UploadState:
        assert words(UPLOAD, FakeUpload(state=state))


@given(
    messages(),
    st.builds(
        FakeUpload,
        st.sampled_from(UploadState),
        st.integers(0, 2**33),
        st.integers(0, 2**33),
        st.floats(0, 1e9),
        st.none() | st.floats(0, 1e7),
    ),
    st.floats(-500, 500),
    st.booleans(),
)
@settings(max_examples=examples(400), deadline=None)
def test_it_never_takes_more_than_is_reserved(
    message: StoredMessage, upload: FakeUpload, after: float, selected: bool
) -> None:
    room = reserved(message, selected=selected)
    moving = upload if uploads(message) else None
    said = words(message, moving, after=after, selected=selected, room=room)
    assert cell_len(said) <= room
    if moving is None and (selected or message.state is not DeliveryState.SENT):
        # Nothing had to be cut: what is reserved is enough.
        assert said == words(message, None, after=after, selected=selected, room=500)
    assert "\x1b" not in said


@given(messages(), st.integers(0, 60))
@settings(max_examples=examples(200), deadline=None)
def test_it_fits_wherever_it_must(message: StoredMessage, room: int) -> None:
    assert cell_len(words(message, room=room)) <= room


def waiting(wait: WaitReason, room: int = 60) -> str:
    return "".join(run for run, _ in status(OWN, None, 0, selected=False, room=room, wait=wait))


def test_what_waits_says_for_what_in_the_room_there_is() -> None:
    network = WaitReason("waiting for the connection", "waiting")
    assert waiting(network) == "… waiting for the connection"
    assert waiting(network, room=28) == "… waiting for the connection"
    assert waiting(network, room=27) == "… waiting"
    assert waiting(network, room=8) == "…"
    assert waiting(network, room=0) == ""


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.2, "0:01"), (28.0, "0:28"), (59.3, "1:00"), (871.0, "14:31"), (-1.0, "0:00")]
)
def test_a_hold_is_counted_down(seconds: float, shown: str) -> None:
    assert waiting(WaitReason("on hold", "on hold", seconds)) == f"… on hold {shown}"


def test_only_what_has_not_left_waits() -> None:
    wait = WaitReason("waiting for the connection", "waiting")
    for state in DeliveryState:
        if state is not DeliveryState.PENDING:
            row = replaced(SENT, state=state)
            runs = status(row, None, 0, selected=False, room=60, wait=wait)
            assert runs == status(row, None, 0, selected=False, room=60)
