"""Pages about the project itself: the changelog's form, the version, issue templates, and no invented contact."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final

import tui

ROOT: Final = Path(__file__).resolve().parent.parent
CHANGELOG: Final = (ROOT / "CHANGELOG.md").read_text("utf-8")
KINDS: Final = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
SEMVER: Final = r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?"


def test_the_changelog_has_the_form_of_keep_a_changelog() -> None:
    versions = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
    form = re.compile(rf"\[Unreleased\]|\[{SEMVER}\] - \d{{4}}-\d\d-\d\d")
    assert versions and all(form.fullmatch(one) for one in versions)
    assert versions.count("[Unreleased]") == (versions[0] == "[Unreleased]")
    kinds = re.findall(r"^(?:## |### )(.+)$", CHANGELOG, re.MULTILINE)
    below = [kind for kind in kinds if not kind.startswith("[")]
    assert set(below) <= KINDS and below
    for section in re.split(r"^## ", CHANGELOG, flags=re.MULTILINE)[1:]:
        found = re.findall(r"^### (.+)$", section, re.MULTILINE)
        assert len(found) == len(set(found)), "each heading once a version"


def test_the_version_has_one_place_and_the_changelog_knows_it() -> None:
    assert re.fullmatch(SEMVER, tui.__version__)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert "version" in project["project"]["dynamic"] and "version" not in project["project"]
    assert project["tool"]["hatch"]["version"]["path"] == "tui/__init__.py"
    newest = re.search(r"^## \[(.+?)\]", CHANGELOG, re.MULTILINE)
    assert newest is not None
    assert newest[1] in ("Unreleased", tui.__version__), "CONTRIBUTING, Release, says when each is changed"


def test_no_page_invents_a_contact() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / ".github").rglob("*.y*ml")]
    assert ROOT / "SECURITY.md" in pages
    address = re.compile(r"[\w.+-]+@[\w-]+\.(?:com|org|net|io|dev|cn)\b|mailto:")
    assert [f"{page.name}: {found[0]}" for page in pages for found in address.finditer(page.read_text("utf-8"))] == []


def anchor_of(title: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w -]", "", title).lower().replace(" ", "-")


def test_the_contents_of_the_readme_name_all_its_sections() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    (contents,) = re.findall(r"^Contents: (.*?)\n\n", text, re.DOTALL | re.MULTILINE)
    titles = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert re.findall(r"\(#(.+?)\)", contents) == list(map(anchor_of, titles))


def test_links_between_the_pages_lead_to_files_and_sections() -> None:
    for page in ROOT.glob("*.md"):
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", page.read_text("utf-8")):
            file = page.parent / target if target else page
            assert file.exists(), f"{page.name}: {target}"
            if anchor:
                titles = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
                known = set(map(anchor_of, titles))
                assert anchor in known, f"{page.name}: {target}#{anchor}"


def test_issue_templates_ask_for_nothing_private_and_have_what_github_wants() -> None:
    folder = ROOT / ".github" / "ISSUE_TEMPLATE"
    forms = [path for path in folder.glob("*.yml") if path.name != "config.yml"]
    assert {path.stem for path in forms} == {"bug", "account", "idea"}
    for path in forms:
        text = path.read_text("utf-8")
        assert re.match(r"name: .+\ndescription: .+\nlabels: \[\w+\]\nbody:\n", text), path.name
        ids = re.findall(r"^    id: (\w+)$", text, re.MULTILINE)
        assert ids and len(ids) == len(set(ids))
    assert "doctor --report" in (folder / "bug.yml").read_text("utf-8")


def test_each_script_of_the_checks_has_a_line_in_contributing() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    (table,) = re.findall(r"^What lies in `\.ci/`:\n(.*?)\n\n\w", text, re.DOTALL | re.MULTILINE)
    files = {path.name for path in (ROOT / ".ci").iterdir() if path.is_file()}
    assert set(re.findall(r"`([\w.]+)`", re.sub(r"\|[^|]*\|$", "", table, flags=re.MULTILINE))) == files
