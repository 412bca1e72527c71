"""What is made from the tables of the program: man pages, completion files, the schema of config.toml, parts of README.

`python .ci/pages.py` writes them, `--check` only says what is out of date. Run it after a change of a command, an
option, a key, a setting or a translation, behind `.ci/catalogues.py`. Everything is steady: no dates, no widths.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = "tui/pages"
README = "README.md"
SCHEMA = "tui/config/schema.json"
LANGUAGES = {"en": "man", "zh_CN": "man/zh_CN"}
"""Language → its folder of man pages."""


def made_here(language: str) -> dict[str, str]:
    """Return the man pages of the language that this process has, and with the English ones everything else."""
    from manual import config_page, program_page
    from readme_parts import completed_readme

    from tui.config.schema import schema

    folder = f"{PAGES}/{LANGUAGES[language]}"
    made = {f"{folder}/man1/wxtui.1": program_page(), f"{folder}/man5/wxtui-config.5": config_page()}
    if language == "en":
        made |= completion_files()
        made[SCHEMA] = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
        made[README] = completed_readme((ROOT / README).read_text("utf-8"))
    return made


def completion_files() -> dict[str, str]:
    """Return the completion files of the shells, which ask the installed wxtui."""
    from tui.cli.main import wxtui
    from tui.cli.shell_completion import Bash, Fish, Zsh

    places = {"bash/wxtui": Bash, "zsh/_wxtui": Zsh, "fish/wxtui.fish": Fish}
    return {
        f"{PAGES}/completions/{place}": kind(wxtui, {}, "wxtui", "_WXTUI_COMPLETE").source().rstrip() + "\n"
        for place, kind in places.items()
    }


def made_apart(language: str) -> dict[str, str]:
    """Return the same from a process of its own: help is translated when a command is imported."""
    # Whatever WXTUI_… somebody has set must not stand in the pages.
    environ = {name: value for name, value in os.environ.items() if "WXTUI" not in name}
    environ |= {"WXTUI_LANG": language, "PYTHONUTF8": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, __file__, "--made", language], env=environ, stdout=subprocess.PIPE, check=True
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def main() -> int:
    """0 when everything is as the tables have it, or is written so."""
    if sys.argv[1:2] == ["--made"]:
        json.dump(made_here(sys.argv[2]), sys.stdout)
        return 0
    wrong = False
    for language in LANGUAGES:
        for name, text in made_apart(language).items():
            path = ROOT / name
            if path.exists() and path.read_text("utf-8") == text:
                continue
            if "--check" in sys.argv[1:]:
                print(f"not up to date: {name}; run: python .ci/pages.py")
                wrong = True
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
                print(f"written: {name}")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
