"""Foot of the file picker: a warning is read to its end, which says what the key does about it."""

from __future__ import annotations

import pytest

from tui.widgets.base.styles import Tone
from tui.widgets.file_browser.bars import PickerFoot


@pytest.mark.parametrize("width", [40, 50, 80])
def test_a_warning_is_not_cut_before_what_the_key_does(width: int) -> None:
    foot = PickerFoot()
    warning = "“a.gif” is an animated image over 1 MB; WeChat may refuse it, or take it only as a file."
    foot.set_reactive(PickerFoot._note, (f"{warning} Enter again sends it anyway.", Tone.WARN))
    said = " ".join(line.strip() for line in foot._lines(width))
    assert said.endswith(f"{warning} Enter again sends it anyway.")
    foot.set_reactive(PickerFoot._note, ("word " * 500, Tone.WARN))
    assert len(foot._lines(width)) == 6
