"""Actions that change settings: theme and language at once, every setting in `config.toml`."""

from __future__ import annotations

import asyncio
import os
from typing import Final

from tui import errors
from tui.config.changing import SettingChange, change, shown_part, shown_value
from tui.config.config_file import save
from tui.config.settings import BY_NAME, SETTINGS, Setting
from tui.errors import N_
from tui.i18n import _, joined, say
from tui.keymap import keys_of, shown_keys
from tui.paths import config_file
from tui.screens.chat.actions.base import ActionGroup
from tui.terminal.graphemes import pad
from tui.widgets.base.one_line import one_line
from tui.widgets.base.styles import Tone

_VALUES: Final = {
    ("theme", "auto"): N_("auto (the terminal's own colours)"),
    ("theme", "terminal"): N_("the terminal's own colours"),
    ("theme", "dark"): N_("dark"),
    ("theme", "light"): N_("light"),
    ("language", "auto"): N_("auto (follows the system)"),
    ("pictures", "selected"): N_("below the selected message"),
    ("pictures", "always"): N_("below every message"),
    ("pictures", "never"): N_("not in the messages"),
}
"""(setting, value) → the value in words, for rows to choose from."""
_OWN_NAMES: Final = {"en": "English", "zh_CN": "简体中文"}
"""Languages, as those call them who speak them."""
_LANGUAGES: Final = {
    **dict.fromkeys(("zh", "zh-cn", "cn", "chinese", "中文", "简体中文"), "zh_CN"),
    **dict.fromkeys(("english", "en_us", "en_gb", "英文", "英语"), "en"),
}
"""Other words for the values of `language`."""
_ROWS: Final = {"theme": N_("Theme: {value}"), "language": N_("Language: {value}")}
_SENTENCES: Final = {
    "theme": N_("Theme: {value}."),
    "language": N_("Language: {value}."),
    "pictures": N_("Pictures: {value}."),
}
_NAME: Final = 20
"""Cells of a setting's name in the list of all."""


class SettingActions(ActionGroup):
    """Shows settings, changes them, and keeps them for the next start."""

    async def theme(self, argument: str) -> None:
        """Change the theme; without one, choose it from a list that shows each at once."""
        await self._choose_or_set("theme", argument)

    async def language(self, argument: str) -> None:
        """Change the language of everything on the screen."""
        await self._choose_or_set("language", _LANGUAGES.get(argument.lower(), argument))

    async def set(self, argument: str) -> None:
        """Change a setting: its name, then its value. Without a value choose it; without a name show all."""
        name, _blank, value = argument.partition(" ")
        if not name:
            await self._show_all()
        elif value.strip() or name not in BY_NAME:
            await self._set(name, value.strip())
        elif (setting := BY_NAME[name]).choices:
            # Who names a setting may only want to see its value: nothing changes before one is chosen.
            await self._choose(setting, shown_value(self._context.settings, name))
        else:
            await self._edit(setting)

    async def _choose_or_set(self, name: str, argument: str) -> None:
        if argument:
            await self._set(name, argument)
        else:
            await self._edit(BY_NAME[name])

    # ---------------------------------------------------------------- choosing

    async def _show_all(self) -> None:
        """Show every setting with its value until the person leaves; what is chosen is changed."""
        from tui.screens.pickers.setting_picker import SettingPicker
        from tui.widgets.lists.choice_list import Choice

        at = 0
        while True:
            now = self._context.settings
            choices = [
                Choice(f"{pad(one.name, _NAME)} {shown_value(now, one.name)}", _(one.help), (one.name,), one)
                for one in SETTINGS
            ]
            found = await self._chat.ask(SettingPicker(_("Settings"), choices, at))
            if not found:
                return
            setting = found[0].value
            at = SETTINGS.index(setting)
            if not await self._edit(setting):
                return

    async def _edit(self, setting: Setting) -> bool:
        """Let the person choose a value; False where it is to be typed, in the bar."""
        now = shown_value(self._context.settings, setting.name)
        if setting.choices == ("true", "false"):
            await self._set(setting.name, "false" if now == "true" else "true")
        elif setting.choices:
            return await self._choose(setting, now)
        else:
            begun, now = (f"/set {setting.name}.", "") if setting.parts else (f"/set {setting.name} ", now)
            self._chat.begin_command(begun, now)
            return False
        return True

    async def _choose(self, setting: Setting, now: str) -> bool:
        """Let the person choose one of a setting's values; a theme is shown while the cursor is on it.

        False where it is to be typed: there are others than those that are offered.
        """
        from tui.screens.pickers.setting_picker import SettingPicker
        from tui.widgets.lists.choice_list import Choice

        before = self._context.settings
        values = setting.choices if now in setting.choices or not now else (*setting.choices, now)
        choices = [Choice(_words(setting, one), "", (one,), one) for one in values]
        at = values.index(now) if now in values else 0
        if setting.example:
            like = _("Type another value, like {example}").format(example=setting.example)
            choices.append(Choice(like, "", (like,), ""))

        def preview(value: str) -> None:
            self._context.use_settings(change(before, setting.name, value).settings)

        dialog = SettingPicker(_(setting.help), choices, at, preview if setting.name == "theme" else None)
        found = await self._chat.ask(dialog)
        self._context.use_settings(before)
        if found and not found[0].value:
            self._chat.begin_command(f"/set {setting.name} ")
            return False
        # A value that is masked is not the one that is set.
        if found and not (setting.is_secret and found[0].value == now):
            await self._set(setting.name, found[0].value)
        return True

    # ---------------------------------------------------------------- changing

    async def _set(self, name: str, text: str) -> None:
        """Change a setting, in the program and in the file; say both. Raises `UsageError`."""
        if not text and "." in name:
            raise errors.UsageError(why=_("Give a value as well: /set {name} VALUE.").format(name=name))
        changed = change(self._context.settings, name, text)
        self._context.use_settings(changed.settings)
        said = _told(changed)
        try:
            await asyncio.to_thread(save, config_file(), changed.name, changed.value)
        except (errors.UsageError, errors.HomeUnusable) as error:
            self._chat.tell(joined(said, _("It could not be saved."), say(error)), Tone.WARN)
            return
        file = config_file().name
        kept = _("Saved in {file}.") if changed.value is not None else _("Removed from {file}.")
        self._chat.tell(joined(said, kept.format(file=file), *_later(changed.setting)))

    def palette_rows(self) -> list[tuple[str, str, str]]:
        """Return (words, command id, argument) of the themes and languages, for the palette."""
        return [
            (_(row).format(value=_words(BY_NAME[name], value)), name, value)
            for name, row in _ROWS.items()
            for value in BY_NAME[name].choices
        ]


def _words(setting: Setting, value: str) -> str:
    """Return a value in words."""
    if setting.name == "language" and value in _OWN_NAMES:
        return _OWN_NAMES[value]
    words = _VALUES.get((setting.name, value))
    return _(words) if words else value


def _told(changed: SettingChange) -> str:
    """Return `Theme: dark.`, in the language of now."""
    table, _dot, part = changed.name.partition(".")
    if table == "keys":
        keys = shown_keys(keys_of(part)) or _("no key")
        return _("{name} is now {value}.").format(name=part, value=keys)
    if part:
        value = shown_part(changed.settings, table, part) or _("not set")
        return _("{name} is now {value}.").format(name=changed.name, value=one_line(value))
    value = _words(changed.setting, shown_value(changed.settings, changed.name) or _("not set"))
    sentence = _SENTENCES.get(changed.name, N_("{name} is now {value}."))
    return _(sentence).format(name=changed.name, value=value)


def _later(setting: Setting) -> list[str]:
    """Return sentences about the next start, where it differs from now."""
    told = []
    if not setting.at_once:
        told.append(_("Takes effect at the next start."))
    if setting.variable and os.environ.get(setting.variable):
        value = os.environ[setting.variable]
        if setting.is_secret:
            from tui.config.proxy_address import masked

            value = masked(value)
        told.append(
            _("At the next start, the environment variable {name}={value} overrides it.").format(
                name=setting.variable, value=value
            )
        )
    return told
