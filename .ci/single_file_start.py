# -*- coding: utf-8 -*-
"""Start of the single file, its `__main__.py`; `single_file.py` writes the facts above it.

Every Python from 2.7 on reads it: one that cannot run wxtui looks for another on the PATH, else says which it needs.
The program lies compressed in the file, and compiled libraries cannot be loaded from there: it is unpacked once, to a
folder of the person's cache.
"""

import os
import stat
import subprocess
import sys

# Facts about this file, written here when it is built.
PYTHONS = ()
SYSTEM = ("", "")
GLIBC = (0, 0)
BUILD = ""
FILES = 0

FILE = os.path.abspath(sys.argv[0])


def say(code, english, chinese, facts):
    """End with an exit code, and a sentence in the person's language on standard error."""
    named = [os.environ.get(name) for name in ("WXTUI_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")]
    wanted = [language for language in named if language and "utf" in (sys.stderr.encoding or "utf").lower()]
    sentence = chinese if wanted and wanted[0].lower().startswith("zh") else english
    sys.stderr.write("wxtui: " + sentence.format(*facts) + "\n")
    sys.exit(code)


def check_python():
    """Go on with another Python of the PATH, or end with a sentence, where this one is not one of those."""
    if sys.version_info[:2] in PYTHONS:
        return
    places = [folder for folder in os.environ.get("PATH", "").split(os.pathsep) if os.path.isabs(folder)]
    for version in reversed(PYTHONS):
        for place in places:
            python = os.path.join(place, "python{0}.{1}".format(*version))
            if os.access(python, os.X_OK) and runs(python, version):
                os.execv(python, [python, FILE] + sys.argv[1:])
    names = ", ".join("{0}.{1}".format(*version) for version in PYTHONS)
    say(
        2,
        "this file needs Python {0}; this is Python {1}.{2} ({3}), and no other is on the PATH. uv brings one, without "
        "root and without a compiler: uv run --python {4}.{5} {6}",
        "这个文件需要 Python {0}，而这是 Python {1}.{2}（{3}），PATH 中也没有别的。uv 会自带一个，"
        "不需要 root 和编译器：uv run --python {4}.{5} {6}",
        (names,) + sys.version_info[:2] + (sys.executable,) + PYTHONS[-1] + (FILE,),
    )


def runs(python, version):
    """Return whether this starts, and is of that version: pyenv has programs by these names that do not start."""
    code = "import sys; sys.exit(sys.version_info[:2] != {0!r})".format(version)
    with open(os.devnull, "r+b") as nothing:
        return subprocess.call([python, "-c", code], stdin=nothing, stdout=nothing, stderr=nothing) == 0


def check_system():
    """End with a sentence on another kind of machine: msgspec and Pillow are compiled."""
    here = (sys.platform, os.uname().machine)
    if here != SYSTEM:
        say(
            2,
            "this file is for {0} on {1}; this is {2} on {3}. Install the wheel, or build it here: see README.md.",
            "这个文件适用于 {0}（{1}），而这里是 {2}（{3}）。请安装 wheel，或在这里构建这个文件：见 README.md。",
            SYSTEM + here,
        )
    if GLIBC == (0, 0):
        return
    try:
        name, _, found = os.confstr("CS_GNU_LIBC_VERSION").partition(" ")
        enough = tuple(map(int, found.split(".")[:2])) >= GLIBC
    except (ValueError, AttributeError):
        name, found, enough = "", "", False
    if not enough:
        say(
            2,
            "this file needs glibc {0}.{1}; this system has {2}. Install the wheel, or build it here: see README.md.",
            "这个文件需要 glibc {0}.{1}，而这个系统是 {2}。请安装 wheel，或在这里构建这个文件：见 README.md。",
            GLIBC + ((name + " " + found).strip() or "another C library",),
        )


def folders():
    """Return where it may be unpacked, the best place first: `SHIV_ROOT` if it is set, the cache, temporary folders."""
    if os.environ.get("SHIV_ROOT"):
        return [os.path.abspath(os.path.expanduser(os.environ["SHIV_ROOT"]))]
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(
        os.path.expanduser("~"), *(["Library", "Caches"] if sys.platform == "darwin" else [".cache"])
    )
    temporary = [os.environ.get("TMPDIR"), "/tmp", "/var/tmp"]
    found = [os.path.join(cache, "wxtui-single-file")]
    found += [os.path.join(place, "wxtui-single-file-{0}".format(os.getuid())) for place in temporary if place]
    return [place for place in found if os.path.isabs(place)]


def is_safe(folder):
    """Return whether nobody else can have laid a program there."""
    found = os.lstat(folder)
    return stat.S_ISDIR(found.st_mode) and found.st_uid in (0, os.getuid()) and not found.st_mode & 0o022


def unpacked():
    """Return the folder with the program, unpacked if it was not. Ends with a sentence where there is no place."""
    places = folders()
    for place in places:
        target = os.path.join(place, BUILD)
        if os.path.isdir(target) and is_safe(place) and is_whole(target):
            return os.path.join(target, "site-packages")
    why = ""
    for place in places:
        try:
            if not os.path.isdir(place):
                os.makedirs(place, 0o700)
            if is_safe(place):
                return unpack(os.path.join(place, BUILD))
            why = place + ": not yours alone"
        except OSError as error:
            why = "{0}: {1}".format(place, error.strerror or error)
    return say(
        1,
        "this file cannot be unpacked anywhere ({0}). Set SHIV_ROOT to a folder of yours with 100 MB of room.",
        "无处可以解开这个文件（{0}）。请把 SHIV_ROOT 设为你自己的、有 100 MB 空间的目录。",
        (why,),
    )


def is_whole(target):
    """Return whether no file is missing: what cleans temporary folders and caches takes single files, too."""
    return count(target) >= FILES


def count(folder):
    """Return how many files a folder has, without those that Python adds."""
    found = 0
    for one in os.scandir(folder):
        if not one.is_dir(follow_symlinks=False):
            found += 1
        elif one.name != "__pycache__":
            found += count(one.path)
    return found


def unpack(target):
    """Unpack the program to a folder; return the place of its packages. Raises `OSError`."""
    import fcntl
    import shutil

    partly = target + ".tmp"
    # Nobody else may write to it, whatever the person allows for other files.
    mask = os.umask(0o022)
    os.umask(mask | 0o022)
    try:
        # One at a time: whoever waited finds it done.
        with open(os.path.join(os.path.dirname(target), ".lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (os.path.isdir(target) and is_whole(target)):
                extract(partly)
                shutil.rmtree(target, ignore_errors=True)
                os.rename(partly, target)
    finally:
        os.umask(mask)
    return os.path.join(target, "site-packages")


def extract(folder):
    """Write the program's files to a new folder. Raises `OSError`; ends with a sentence where this file is damaged."""
    import shutil
    import zipfile
    import zlib

    # A process that was killed may have left it.
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with zipfile.ZipFile(FILE) as archive:
            names = [name for name in archive.namelist() if name.startswith("site-packages/")]
            archive.extractall(folder, names)
    except BaseException as error:
        # No room, or Ctrl+C.
        shutil.rmtree(folder, ignore_errors=True)
        if not isinstance(error, (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)):
            raise
        say(
            1,
            "this file is damaged ({0}). Get it again, or build it: see README.md.",
            "这个文件已损坏（{0}）。请重新获取，或自行构建：见 README.md。",
            (error,),
        )


def main():
    """Run wxtui from its folder; the archive itself is searched no more. Returns the exit code."""
    check_python()
    check_system()
    try:
        sys.path[0] = unpacked()
    except KeyboardInterrupt:
        return 130
    from tui.__main__ import main

    return main()


if __name__ == "__main__":
    sys.exit(main())
