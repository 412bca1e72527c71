"""The single file: `python .ci/single_file.py [-o FOLDER]` writes `dist/wxtui-VERSION-SYSTEM.pyz`.

All that wxtui needs is in it but Python. msgspec and Pillow are compiled: it is for the kind of machine that it is
built on. With uv it holds their parts for each Python that pyproject.toml names, else for the one that runs this. shiv
makes the archive; `single_file_start.py` is how it starts. The same files give the same bytes.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from importlib.metadata import distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START = ROOT / ".ci" / "single_file_start.py"
LEFT_OUT = (
    *("bin", "share", "__pycache__", "*.pyc", "*.pth", "_virtualenv.py", ".lock"),
    *("INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_cache.json"),
)
"""Of an installation: what only an installer reads, and what tells of this machine."""
UV = shutil.which("uv")


def main(arguments: list[str]) -> int:
    """Build the wheel and the file; return the exit code."""
    reader = argparse.ArgumentParser(prog="single_file.py", description=(__doc__ or "").partition("\n\n")[0])
    reader.add_argument("-o", "--out", type=Path, default=ROOT / "dist", help="folder of the file; default: dist")
    out = reader.parse_args(arguments).out
    if missing := [name for name in ("hatchling", "shiv") if importlib.util.find_spec(name) is None]:
        reader.error(f"{' and '.join(missing)} not installed in {sys.executable}; .venv/bin/pip install -q -e '.[dev]'")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="wxtui-single-") as folder:
        wheel = built_wheel(Path(folder))
        pythons = supported() if UV else [sys.version_info[:2]]
        packages = [fetched(wheel, Path(folder, f"{major}.{minor}"), (major, minor)) for major, minor in pythons]
        system = f"{sys.platform}-{os.uname().machine}"
        file = out / f"wxtui-{wheel.name.split('-')[1]}-{system}.pyz"
        build(packages, pythons, file)
    versions = ", ".join(f"{major}.{minor}" for major, minor in pythons)
    print(f"{file}: {file.stat().st_size / 1e6:.0f} MB, for Python {versions} on {system}")
    return 0


def built_wheel(folder: Path) -> Path:
    """Build sdist and wheel into `folder`; return the wheel."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    return wheel


def supported() -> list[tuple[int, int]]:
    """Return the versions of Python that the metadata names."""
    text = Path(ROOT, "pyproject.toml").read_text("utf-8")
    named = "\n".join(tomllib.loads(text)["project"]["classifiers"])
    return [
        (3, int(minor)) for minor in re.findall(r"^Programming Language :: Python :: 3\.(\d+)$", named, re.MULTILINE)
    ]


def fetched(wheel: Path, folder: Path, python: tuple[int, int]) -> Path:
    """Return a folder with the wheel and all that it needs, for this version of Python.

    The optional parts are in it as well: nobody could add them to the file.
    """
    if UV:
        version = f"{python[0]}.{python[1]}"
        command = [UV, "pip", "install", "-q", "--python-version", version, "--only-binary", ":all:"]
    else:
        command = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*command, "--target", str(folder), f"{wheel}[age]"], check=True)
    return folder


def build(packages: list[Path], pythons: list[tuple[int, int]], file: Path, *, compressed: bool = True) -> None:
    """Write the file from folders with packages, one for each version of Python."""
    with tempfile.TemporaryDirectory(prefix="wxtui-single-") as folder:
        together = Path(folder, "site-packages")
        for one in packages:
            # Compiled modules have the version in their names; all else is the same.
            shutil.copytree(one, together, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
        normalise(together)
        command = [sys.executable, "-m", "shiv", "--site-packages", str(together), "-o", str(file), "--reproducible"]
        command += ["-e", "tui.__main__:main", "-p", "/usr/bin/env python3"]
        command += [] if compressed else ["--uncompressed"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        replace_start(file, pythons, glibc(together))


def normalise(folder: Path) -> None:
    """Set the modes that the program will have, whatever the umask here is."""
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def glibc(packages: Path) -> tuple[int, int]:
    """Return the oldest glibc that all compiled wheels run with; (0, 0) where none asks for one."""
    oldest = [(0, 0)]
    for file in packages.glob("*.dist-info/WHEEL"):
        tags = file.read_text("utf-8").replace("manylinux2014", "manylinux_2_17")
        named = [(int(major), int(minor)) for major, minor in re.findall(r"manylinux_(\d+)_(\d+)_", tags)]
        oldest += [min(named)] if named else []
    return max(oldest)


def replace_start(file: Path, pythons: list[tuple[int, int]], oldest: tuple[int, int]) -> None:
    """Put our start in the place of shiv's, with the facts about this file."""
    with zipfile.ZipFile(file, "a") as archive:
        facts = {
            "PYTHONS": tuple(pythons),
            "SYSTEM": (sys.platform, os.uname().machine),
            "GLIBC": oldest,
            "FILES": sum(name.startswith("site-packages/") for name in archive.namelist()),
            "BUILD": json.loads(archive.read("environment.json"))["build_id"][:16],
        }
        source = START.read_text("utf-8")
        for name, value in facts.items():
            source, found = re.subn(rf"^{name} = .*$", f"{name} = {value!r}", source, flags=re.MULTILINE)
            assert found == 1, name
        theirs = archive.getinfo("__main__.py")
        ours = zipfile.ZipInfo("__main__.py", theirs.date_time)
        ours.external_attr, ours.compress_type = theirs.external_attr, theirs.compress_type
        archive.filelist.remove(theirs)
        del archive.NameToInfo["__main__.py"]
        archive.writestr(ours, source)
        # shiv's own start is in there, too, unused; whoever gives it away gives its licence along.
        (licence,) = (file for file in distribution("shiv").files or [] if file.name.startswith("LICENSE"))
        archive.writestr(zipfile.ZipInfo("_bootstrap/LICENSE", theirs.date_time), licence.read_text())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
