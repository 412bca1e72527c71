"""/theme, /lang and /set: what is on the screen follows at once, and `config.toml` keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest

from tests.support.frozen_program import FrozenProgram, FrozenWorld, frozen_home, frozen_program
from tests.support.screen_text import screen_strips
from tui import i18n, keymap
from tui.config.changing import change, shown_value
from tui.config.settings import Settings, Theme, load
from tui.errors import UsageError
from tui.paths import config_file
from tui.screens.chat.chat_screen import ChatScreen
from tui.screens.pickers.setting_picker import SettingPicker
from tui.widgets.base.styles import Tone

LANGUAGES = [("en", "zh_CN", (80, 24)), ("zh_CN", "en", (140, 40)), ("en", "zh_CN", (50, 20))]
THEMES: list[tuple[Theme, Theme]] = list(permutations(("dark", "light", "terminal"), 2))
"""Changes that are tried."""


@pytest.fixture(scope="module")
def world() -> Iterator[FrozenWorld]:
    with frozen_home() as home:
        yield FrozenWorld(home)


@pytest.fixture(autouse=True)
def as_before(world: FrozenWorld, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test begins with no settings, in English, and leaves nothing of its own."""
    monkeypatch.delenv("WXTUI_LANG")
    monkeypatch.setenv("LC_ALL", "C")
    config_file().unlink(missing_ok=True)
    yield
    i18n.use("en")
    keymap.use({})


async def run(program: FrozenProgram, command: str) -> None:
    """Type a command into the bar, and wait until it has done its work."""
    program.chat.composer.load(command)
    program.chat.composer.focus()
    program.chat.composer.send()
    await program.until(lambda: not program.chat.composer.text)
    await program.idle()


def cells(program: FrozenProgram) -> list[list[tuple[str, str]]]:
    """Every character of the screen with its style."""
    return [
        [(char, str(style)) for text, style, _control in strip for char in text] for strip in screen_strips(program.app)
    ]


async def busy(program: FrozenProgram) -> None:
    """A screen with everything on it: list, header, all kinds of lines, a selected message, hints."""
    await program.go_to("项目群")
    await program.own(1)
    program.chat.composer.focus()
    await program.idle()


def without_sentence(program: FrozenProgram) -> None:
    program.chat.status.say("", Tone.TEXT)


@pytest.mark.parametrize(("before", "theme"), THEMES)
async def test_another_theme_is_the_screen_of_that_theme(world: FrozenWorld, theme: Theme, before: Theme) -> None:
    async with frozen_program(
        await world.profile("theme-a", furnished=True), (100, 30), theme, world.files, online=True
    ) as program:
        await busy(program)
        wanted = cells(program)
    async with frozen_program(
        await world.profile("theme-b", furnished=True), (100, 30), before, world.files, online=True
    ) as program:
        await busy(program)
        await run(program, f"/theme {theme}")
        await program.sees("Saved in config.toml.")
        without_sentence(program)
        await program.until(lambda: cells(program) == wanted)
    assert load().theme == theme


@pytest.mark.parametrize(
    ("before", "language", "size"),
    LANGUAGES,
    ids=str,
)
async def test_another_language_leaves_nothing_of_the_one_before(
    world: FrozenWorld, before: str, language: str, size: tuple[int, int]
) -> None:
    async def screens(program: FrozenProgram) -> list[str]:
        found = []
        program.chat.conversation_list.action_filter()
        await program.idle()
        found.append(program.text)
        await program.press("escape")
        await program.press("tab")
        await program.idle()
        found.append(program.text)
        for key in ("f1", "ctrl+p", "ctrl+k", "f3", "ctrl+t", "ctrl+o"):
            await program.press(key)
            await program.until(lambda: not isinstance(program.app.screen, ChatScreen))
            await program.idle()
            found.append(program.text)
            await program.press("escape")
            await program.until(lambda: isinstance(program.app.screen, ChatScreen))
        program.chat.composer.load("")
        program.chat.composer.focus()
        await program.type("/se")
        await program.idle()
        found.append(program.text)
        return found

    i18n.use(language)
    profile = await world.profile("language-a", furnished=True)
    async with frozen_program(profile, size, "dark", world.files, online=True) as program:
        await busy(program)
        program.context.settings = Settings(theme="dark", start_dir=world.files, language=language)  # type: ignore[arg-type]
        wanted = [program.text, *await screens(program)]
    i18n.use(before)
    profile = await world.profile("language-b", furnished=True)
    async with frozen_program(profile, size, "dark", world.files, online=True) as program:
        await busy(program)
        # What was on the screen before must not be remembered in words.
        await screens(program)
        await program.press("escape")
        await run(program, f"/lang {language}")
        await program.sees({"en": "Language: English. Saved in config.toml.", "zh_CN": "语言：简体中文。"}[language])
        await busy(program)
        without_sentence(program)
        await program.idle()
        assert [program.text, *await screens(program)] == wanted
    assert load().language == language


async def test_a_variable_that_wins_is_told(world: FrozenWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WXTUI_THEME", "light")
    profile = await world.profile("variable", furnished=True)
    async with frozen_program(profile, (140, 40), "light", world.files, online=True) as program:
        await run(program, "/theme dark")
        await program.sees(
            "Theme: dark. Saved in config.toml. At the next start, the environment variable "
            "WXTUI_THEME=light overrides it."
        )
        assert program.app.theme == "dark"


async def test_a_file_that_cannot_be_changed_is_told_and_stays(world: FrozenWorld) -> None:
    config_file().parent.mkdir(exist_ok=True)
    config_file().write_text("theme = \n")
    profile = await world.profile("broken", furnished=True)
    async with frozen_program(profile, (100, 30), "dark", world.files, online=True) as program:
        await run(program, "/theme light")
        await program.sees("Theme: light. It could not be saved.")
        await program.sees("line 1: it is not TOML")
        assert program.app.theme == "light"
    assert config_file().read_text() == "theme = \n"


async def test_the_themes_are_shown_while_one_is_chosen(world: FrozenWorld) -> None:
    profile = await world.profile("preview", furnished=True)
    async with frozen_program(profile, (100, 30), "dark", world.files, online=True) as program:
        await run(program, "/theme")
        await program.until(lambda: isinstance(program.app.screen, SettingPicker))
        await program.sees("›  dark")
        await program.press("down")
        await program.until(lambda: program.app.theme == "light")
        await program.press("escape")
        await program.until(lambda: program.app.theme == "dark")
        assert not config_file().exists()
        await run(program, "/theme")
        await program.sees("›  dark")
        await program.press("up")
        await program.until(lambda: program.app.theme == "terminal")
        await program.press("enter")
        await program.sees("Saved in config.toml.")
        assert program.app.theme == "terminal"
    assert load().theme == "terminal"


async def test_the_palette_has_rows_for_themes_and_languages(world: FrozenWorld) -> None:
    profile = await world.profile("palette", furnished=True)
    async with frozen_program(profile, (100, 30), "dark", world.files, online=True) as program:
        await program.press("ctrl+p")
        await program.sees("Commands")
        await program.type("light")
        await program.sees("›  Theme: light")
        await program.press("enter")
        await program.sees("Theme: light. Saved in config.toml.")
        await program.press("ctrl+p")
        await program.sees("Commands")
        await program.type("English")
        await program.sees("›  Language: English")
        await program.press("enter")
        await program.sees("Language: English. Saved in config.toml.")


async def test_every_setting_can_be_changed_and_counts_at_once(world: FrozenWorld, tmp_path: Path) -> None:
    config_file().parent.mkdir(exist_ok=True)
    config_file().write_text("# mine\nbell = true  # loud\n\n[keys]\n# keys\n")
    profile = await world.profile("set", furnished=True)
    async with frozen_program(profile, (140, 40), "dark", world.files, online=True) as program:
        for name, typed, wanted in (
            ("bell", "off", False),
            ("show_recalled", "FALSE", False),
            ("start_dir", f'"{tmp_path}"', tmp_path),
            ("bookmarks", f"{tmp_path} ~/x\\ y", (tmp_path, Path.home() / "x y")),
            ("keep", "90", 90),
            ("mouse", "no", False),
        ):
            await run(program, f"/set {name} {typed}")
            await program.sees("Saved in config.toml.")
            assert getattr(program.context.settings, name) == wanted
            assert getattr(load(), name) == wanted
        await run(program, "/set keep 30")
        await program.sees("keep is now 30. Saved in config.toml. Takes effect at the next start.")
        await run(program, "/set keep default")
        await program.sees("keep is now all. Removed from config.toml.")
        await run(program, "/set keys.goto ctrl+g f8")
        await program.sees("goto is now Ctrl+G F8.")
        await program.press("ctrl+g")
        await program.sees("Go to")
        await program.press("escape")
        await run(program, "/set keys.goto default")
        await program.sees("goto is now Ctrl+K.")
        await program.press("ctrl+k")
        await program.sees("Go to")
    text = config_file().read_text()
    assert text.startswith("# mine\nbell = false  # loud\n") and text.endswith("[keys]\n# keys\n")


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("/set bel true", "unknown setting “bel” (did you mean “bell”?)."),
        ("/set bell perhaps", "“bell” must be true or false."),
        ("/set theme pink", "“theme” must be one of auto, terminal, dark, light."),
        ("/theme pink", "“theme” must be one of auto, terminal, dark, light."),
        ("/set start_dir here", "a path that starts with / or ~"),
        ("/set keys ctrl+z", "set keys one by one"),
        ("/set keys.revok ctrl+z", "unknown action “revok” (did you mean revoke?)."),
        ("/set keys.revoke ctrl+nope", "is not a key"),
        ("/set keys.goto ctrl+q", "the key “ctrl+q” is given to both goto and quit."),
        ("/set nothing", "unknown setting “nothing”"),
    ],
)
async def test_a_mistake_is_said_and_nothing_changes(world: FrozenWorld, command: str, sentence: str) -> None:
    profile = await world.profile("mistake", furnished=True)
    async with frozen_program(profile, (140, 40), "dark", world.files, online=True) as program:
        before = program.context.settings
        await run(program, command)
        await program.sees(sentence)
        assert program.context.settings == before and not config_file().exists()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("theme", "li", "light"), ("language", "Z", "zh_CN"), ("bell", "f", "false"), ("mouse", "def", None)],
)
def test_the_beginning_of_one_value_is_that_value(name: str, text: str, value: str | None) -> None:
    changed = change(Settings(), name, text)
    assert shown_value(changed.settings, name) == (value or shown_value(Settings(), name))
    assert (changed.value is None) is (value is None)


@pytest.mark.parametrize(("name", "text"), [("theme", "d"), ("theme", "ight"), ("language", ""), ("list", "x")])
def test_what_begins_several_values_or_none_is_none(name: str, text: str) -> None:
    with pytest.raises(UsageError):
        change(Settings(), name, text)


def test_values_stand_in_a_row_as_the_language_has_it() -> None:
    i18n.use("zh_CN")
    with pytest.raises(UsageError) as raised:
        change(Settings(), "theme", "pink")
    assert "auto、terminal、dark、light" in i18n.say(raised.value)
    assert "auto, terminal, dark, light" in str(raised.value)


async def test_all_settings_are_shown_and_changed_from_there(world: FrozenWorld) -> None:
    profile = await world.profile("all", furnished=True)
    async with frozen_program(profile, (100, 30), "dark", world.files, online=True) as program:
        await run(program, "/set")
        await program.sees("Settings")
        await program.type("bell")
        await program.sees("›  bell                 true")
        await program.press("enter")
        await program.sees("bell                 false")
        await program.press("escape")
        await program.until(lambda: isinstance(program.app.screen, ChatScreen))
        assert load().bell is False
        await run(program, "/set")
        await program.sees("Settings")
        await program.type("start_dir")
        await program.press("enter")
        await program.until(lambda: program.chat.composer.text.startswith("/set start_dir "))
        assert program.chat.composer.has_focus
        await run(program, "/set proxy")
        await program.type("like")
        await program.sees("Type another value, like socks5h://127.0.0.1:1080")
        await program.press("enter")
        await program.until(lambda: program.chat.composer.text == "/set proxy ")
        await run(program, "/set proxy http://me:secret@p:8")
        await program.sees("proxy is now http://***@p:8. Saved in config.toml.")
        await run(program, "/set proxy")
        await program.sees("›  http://***@p:8")
        await program.press("enter")
        await program.until(lambda: isinstance(program.app.screen, ChatScreen))
        assert load().proxy == "http://me:secret@p:8"


async def test_a_setting_without_a_value_changes_nothing_before_one_is_chosen(world: FrozenWorld) -> None:
    profile = await world.profile("alone", furnished=True)
    async with frozen_program(profile, (100, 30), "dark", world.files, online=True) as program:
        await run(program, "/set bell")
        await program.until(lambda: isinstance(program.app.screen, SettingPicker))
        await program.sees("›  true")
        await program.press("escape")
        await program.until(lambda: isinstance(program.app.screen, ChatScreen))
        assert program.context.settings.bell and not config_file().exists()
        await run(program, "/set bell")
        await program.until(lambda: isinstance(program.app.screen, SettingPicker))
        await program.press("down", "enter")
        await program.sees("bell is now false.")
        assert load().bell is False


async def test_the_list_follows_its_settings(world: FrozenWorld) -> None:
    profile = await world.profile("list", furnished=True)
    async with frozen_program(profile, (100, 30), "dark", world.files, online=True) as program:
        await run(program, "/set list two")
        await program.until(lambda: program.chat.conversation_list.row_lines == 2)
        await run(program, "/set list one")
        await program.until(lambda: program.chat.conversation_list.row_lines == 1)
        await program.sees("Official accounts")
        await run(program, "/set fold_official false")
        await program.sees(lambda text: "每日科技" in text and "Official accounts" not in text)
        await run(program, "/set fold_official true")
        await program.sees("Official accounts")


async def test_names_and_values_are_completed(world: FrozenWorld) -> None:
    profile = await world.profile("complete", furnished=True)
    async with frozen_program(profile, (100, 30), "dark", world.files, online=True) as program:
        program.chat.composer.focus()
        await program.type("/set the")
        await program.sees("theme dark")
        await program.press("tab")
        await program.sees("light")
        await program.type("li")
        await program.press("tab")
        assert program.chat.composer.text == "/set theme light"
        program.chat.composer.load("")
        await program.type("/set keys.revoke_")
        await program.press("tab")
        assert program.chat.composer.text == "/set keys.revoke_last "
        program.chat.composer.load("")
        await program.type("/set notify.g")
        await program.press("tab")
        await program.type("m")
        await program.press("tab")
        assert program.chat.composer.text == "/set notify.group mentions"
        await program.press("enter")
        await program.sees("notify.group is now mentions.")
        program.chat.composer.load("")
        await program.type("/lang z")
        await program.press("tab")
        assert program.chat.composer.text == "/lang zh_CN"
