"""The row that keys act on: one tint under the whole of it, and every word on it can be read, in each theme."""

from __future__ import annotations

import pytest
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.widgets.base.canvas import chosen
from tui.widgets.base.styles import THEME_STYLES, Styles, Tone, styles_of

LEGIBLE = {ColorSystem.TRUECOLOR: 4.5, ColorSystem.EIGHT_BIT: 4.0}
"""Contrast of small text that the accessibility guidelines ask for, and a little less where 256 colours are all."""
THEMES = ["terminal", "dark", "light"]
DEPTHS = ["truecolor", "256", "standard", ""]


def luminance(color: tuple[int, int, int]) -> float:
    parts = [part / 255 for part in color]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(style: Style, colors: ColorSystem = ColorSystem.TRUECOLOR) -> float:
    assert style.color is not None and style.bgcolor is not None
    one, other = (luminance(each.downgrade(colors).get_truecolor()) for each in (style.color, style.bgcolor))
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def row(styles: Styles) -> Strip:
    """A row with words of every tone, chosen."""
    return chosen(Strip([*(Segment("word ", styles[tone]) for tone in Tone), Segment("rest", None)]), styles)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("colors", [ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT])
def test_every_word_of_a_tinted_row_can_be_read(theme: str, colors: ColorSystem) -> None:
    for _text, style, _control in row(THEME_STYLES[theme]):
        assert style is not None
        assert contrast(style, colors) >= LEGIBLE[colors], style


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("depth", DEPTHS)
def test_the_whole_row_has_one_tint_and_no_dim_word(theme: str, depth: str) -> None:
    styles = styles_of(theme, depth)
    looks = [style or Style.null() for _text, style, _control in row(styles)]
    assert len({(look.bgcolor, look.reverse) for look in looks}) == 1, "no patchwork"
    assert not any(look.dim for look in looks)
    if looks[0].reverse:
        assert len({look.color for look in looks}) == 1, "a colour would be the background of its word"
    else:
        assert looks[0].bgcolor != styles.text.bgcolor
    assert any(look.bold for look in looks), "names keep their weight"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("depth", "colors"), [("256", ColorSystem.EIGHT_BIT), ("standard", ColorSystem.STANDARD), ("", None)]
)
def test_the_tint_is_seen_with_few_colours_and_with_none(theme: str, depth: str, colors: ColorSystem | None) -> None:
    styles = styles_of(theme, depth)
    plain, tinted = styles.text, styles.on_chosen(styles.text)
    if tinted.reverse:
        return
    assert colors is not None, "without colours only reverse video shows it"
    assert plain.bgcolor is not None and tinted.bgcolor is not None
    assert plain.bgcolor.downgrade(colors) != tinted.bgcolor.downgrade(colors)


def test_a_bar_is_enough_where_the_tint_is_reverse_video() -> None:
    styles = THEME_STYLES["terminal"]
    line = Strip([Segment("word", styles.text)])
    assert chosen(line, styles, barred=True) == line
    assert chosen(line, styles) != line
    dark = THEME_STYLES["dark"]
    assert chosen(line, dark, barred=True) == chosen(line, dark) != line
