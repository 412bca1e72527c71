"""The built wheel, in an empty environment on each Python of this machine: `python .ci/wheel.py [--oldest] [PYTHON…]`.

Builds sdist and wheel, installs the wheel with nothing else but what it asks for, and runs from it, far from the
sources: `--version`, a message and `doctor` against the sandbox, and the demo in a terminal up to its first message.
Of what is installed for this Python it makes a single file, and uses that in the same way.
It says how long it took from the beginning of the install to that message, and which Pythons were not tried, and why.

`--oldest` takes of each library the oldest version that pyproject.toml allows.
With uv all Pythons from 3.11 on take part, else only the one that runs this: pip would need a minute for each.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import single_file

ROOT = Path(__file__).resolve().parent.parent
OWN = f"{sys.version_info[0]}.{sys.version_info[1]}"
UV = single_file.UV
OLDEST = "--oldest"


class Failed(Exception):
    """Raised when something from the wheel did not do what it should; the text says what came instead."""


class NoIndex(Exception):
    """Raised when what the wheel needs cannot be fetched: that says nothing about the wheel."""


def main(arguments: Sequence[str]) -> int:
    """Try the wheel on the Pythons that are named, else on all; return the exit code."""
    sys.path.insert(0, str(ROOT))
    oldest = OLDEST in arguments
    if oldest and not UV:
        print(f"{OLDEST} needs uv")
        return 2
    wanted = [one for one in arguments if one != OLDEST] or [
        f"{major}.{minor}" for major, minor in single_file.supported()
    ]
    pythons = {version: found for version in wanted if (found := python_of(version)) is not None}
    for version in (version for version in wanted if version not in pythons):
        print(f"Python {version}: not tried, {'it is not on this machine' if UV else 'there is no uv'}")
    with tempfile.TemporaryDirectory(prefix="wxtui-wheel-") as folder, ThreadPoolExecutor(3) as pool:
        wheel = single_file.built_wheel(Path(folder))
        told = list(pool.map(lambda one: tried(wheel, Path(folder, one), pythons[one], oldest), pythons))
    for version, (_ok, text) in zip(pythons, told, strict=True):
        print(f"Python {version}: {text}")
    return 0 if told and all(ok for ok, _text in told) else 1


def project() -> dict[str, Any]:
    """Return the metadata of pyproject.toml."""
    table: dict[str, Any] = tomllib.loads(Path(ROOT, "pyproject.toml").read_text("utf-8"))["project"]
    return table


def python_of(version: str) -> str | None:
    """Return the path of a Python of this version that works, or None."""
    if version == OWN:
        return sys.executable
    return next(filter(works, places_of(version)), None) if UV else None


def places_of(version: str) -> Iterator[str]:
    """Yield where a Python of this version may be: pyenv's, on the PATH, and uv's own."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or "~/.pyenv").expanduser()
    yield from map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/python"), reverse=True))
    if found := shutil.which(f"python{version}"):
        yield found
    command = ["uv", "python", "find", "--no-project", "--no-python-downloads", "--managed-python", version]
    yield subprocess.run(command, capture_output=True, text=True).stdout.strip()


def works(place: str) -> bool:
    """Return whether this starts; pyenv has stand-ins on the PATH for versions that are not chosen."""
    return (
        bool(place) and subprocess.run([place, "-c", "import venv, ssl, sqlite3"], capture_output=True).returncode == 0
    )


def tried(wheel: Path, folder: Path, python: str, oldest: bool) -> tuple[bool, str]:
    """Install the wheel and use it; return whether all went well, and what there is to say."""
    began = time.monotonic()
    try:
        program = install(wheel, folder / "environment", python, oldest)
        installed = time.monotonic() - began
        first = first_message(program, folder) - began
        use(program, wheel, folder)
        if python == sys.executable:
            use_single_file(folder / "environment", wheel, folder / "single")
    except NoIndex as error:
        return True, f"not tried, no index can be reached: {error}"
    except Failed as error:
        return False, f"FAILED: {error}"
    return True, f"ok, installed in {installed:.1f} s; first message in the demo {first:.1f} s after that began"


def install(wheel: Path, environment: Path, python: str, oldest: bool) -> Path:
    """Install the wheel into a new environment; return the path of its `wxtui`. Raises `Failed`, `NoIndex`."""
    inner = str(environment / "bin" / "python")
    if UV:
        run([UV, "venv", "-q", "--no-project", "--python", python, str(environment)])
        into = [UV, "pip", "install", "-q", "--python", inner]
        if oldest:
            # What the wheel asks for counts as asked for by a person: of that uv takes the oldest.
            fetch([*into, "--resolution", "lowest-direct", *project()["dependencies"]])
        fetch([*into, str(wheel)])
    else:
        run([python, "-m", "venv", "--without-pip", str(environment)])
        fetch([sys.executable, "-m", "pip", "--python", inner, "install", "-q", str(wheel)])
    return environment / "bin" / "wxtui"


def fetch(command: Sequence[str]) -> None:
    """Run an install. Raises `NoIndex` where the network is the reason that it failed, else `Failed`."""
    try:
        run(command)
    except Failed as error:
        shut = any(os.environ.get(name) for name in ("PIP_NO_INDEX", "UV_NO_INDEX", "UV_OFFLINE"))
        if shut or re.search(r"failed to fetch|connection|network|timed out|dns", str(error), re.IGNORECASE):
            raise NoIndex(str(error).strip().rpartition("\n")[2]) from None
        raise


def use(program: Path, wheel: Path, folder: Path) -> None:
    """Run commands of the installed program, away from the sources. Raises `Failed`."""
    where = run([str(program.with_name("python")), "-c", "import tui; print(tui.__file__)"], folder).strip()
    if not Path(where).is_relative_to(folder):
        raise Failed(f"the sources are used, not the wheel: {where}")
    run_commands(program, wheel, folder)


def use_single_file(environment: Path, wheel: Path, folder: Path) -> None:
    """Make a single file of what is installed, for this Python, and run the same commands of it. Raises `Failed`."""
    (packages,) = environment.glob("lib/python*/site-packages")
    folder.mkdir()
    program = folder / "wxtui"
    single_file.build([packages], [sys.version_info[:2]], program, compressed=False)
    with zipfile.ZipFile(program) as archive:
        inside = set(archive.namelist())
    for name in ("man/man1/wxtui.1", "man/zh_CN/man5/wxtui-config.5", "completions/zsh/_wxtui"):
        if f"site-packages/tui/pages/{name}" not in inside:
            raise Failed(f"the single file has no {name}")
    given = {name.split("/")[1] for name in inside if ".dist-info/" in name}
    if bare := given - {name.split("/")[1] for name in inside if re.search(r"\.dist-info/(.+/)?LICEN[CS]E", name)}:
        raise Failed(f"the single file gives these away without their licence: {', '.join(sorted(bare))}")
    # Its first line asks for a python3.
    Path(folder, "python3").symlink_to(sys.executable)
    try:
        run_commands(program, wheel, folder)
        first_message(program, folder)
    except Failed as error:
        raise Failed(f"the single file: {error}") from None


def run_commands(program: Path, wheel: Path, folder: Path) -> None:
    """Run `--version`, and in a sandbox's shell a message and `doctor`. Raises `Failed`."""
    version = wheel.name.split("-")[1]
    if (said := run([str(program), "--version"], folder)) != f"wxtui {version}\n":
        raise Failed(f"--version says {said}")
    script = "wxtui send 回声 -m hello && wxtui --help && WXTUI_LANG=zh_CN wxtui doctor"
    command = [str(program), "sandbox", "--port", "0", "--scan-delay", "0", "--shell", "--", "sh", "-c", script]
    said = run(command, folder)
    for words in (r"^\d+\thello$", r"^Usage: wxtui", "✓ 登录"):
        if not re.search(words, said, re.MULTILINE):
            raise Failed(f"{words} is not in:\n{said}")


def first_message(program: Path, folder: Path) -> float:
    """Send a message in the demo, as a person would in the first minute; return when it was sent. Raises `Failed`."""
    from tests.support.pty_program import Program

    environ = {name: None for name in os.environ} | clean(folder) | {"TERM": "xterm-256color"}
    try:
        with Program(command=["env", "-C", str(folder), str(program), "demo"], environ=environ) as demo:
            demo.wait_for("Write to me")
            demo.settle()
            demo.type("hello")
            demo.wait_for("› hello")
            demo.type("\r")
            # An Enter right after a conversation opened by itself is asked about.
            if "Enter again" in demo.wait_for(r"me +hello +✓|Enter again sends"):
                demo.type("\r")
            demo.wait_for(r"me +hello +✓")
            sent = time.monotonic()
            # Screens have style sheets, the first one has none.
            demo.type("\x0f")
            demo.wait_for("build.log")
            demo.type("\x1b")
            demo.wait_for("Message, or /")
            demo.type("\x11")
            if code := demo.end():
                raise Failed(f"the demo ended with {code}")
    except AssertionError as error:
        raise Failed(f"the demo: {str(error).rstrip()}") from None
    return sent


def clean(folder: Path) -> dict[str, str]:
    """Return an environment of which nothing leads to the sources, or to a person's own settings."""
    kept = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE")
    environ = {name: os.environ[name] for name in kept if name in os.environ}
    environ["PATH"] = f"{folder}:{environ['PATH']}"
    return environ | {"HOME": str(folder), "WXTUI_HOME": str(folder / "home"), "WXTUI_LANG": "en"}


def run(command: Sequence[str], folder: Path | None = None) -> str:
    """Run a command, in `folder` with nothing of this environment; return its output. Raises `Failed`."""
    environ: Mapping[str, str] = os.environ if folder is None else clean(folder)
    place = folder or ROOT
    done = subprocess.run(command, cwd=place, env=environ, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise Failed(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
