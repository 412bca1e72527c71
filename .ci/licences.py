"""Licences of all dependencies, transitive ones too: `python .ci/licences.py` prints a table; a strange one fails.

It reads the metadata of what is installed beside this interpreter; `--all` adds what only the development needs. A
licence that stands in no table here is a question for a person: may it be distributed, in a single file, with MIT code?
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PERMITTED = {"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0"}
"""May be given away together with wxtui, as long as their texts go along."""
WEAK = {"MPL-2.0"}
"""May be given away, too; a changed file of theirs must stay open. None is changed."""
FOR_DEVELOPMENT = {"LGPL-3.0-only"}
"""Not given away: only the tests use them."""
NAMES = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The MIT License (MIT)": "MIT",
    "PSFL": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""How older metadata writes a licence → its SPDX identifier."""


@dataclass(frozen=True)
class Dependency:
    """An installed distribution, its licence as an SPDX expression, and who asks for it."""

    name: str
    version: str
    licence: str
    asked_by: str

    def is_permitted(self, also: frozenset[str] = frozenset()) -> bool:
        """Return whether one of the alternatives of its licence consists of known parts only."""
        known = PERMITTED | WEAK | also
        alternatives = re.sub(r"[()]", "", self.licence).split(" OR ")
        return any(set(one.split(" AND ")) <= known for one in alternatives)


def licence_of(found: Distribution) -> str:
    """Return the licence: the expression, else what a classifier says, else the free text, else its file."""
    metadata = found.metadata
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    said = [
        line.rpartition(" :: ")[2] for line in metadata.get_all("Classifier") or [] if line.startswith("License ::")
    ]
    text = (metadata["License"] if "License" in metadata else "").strip().partition("\n")[0]  # noqa: SIM401 - no `get`
    # The free text often names a clause that the classifier leaves open.
    exact = NAMES.get(text, text)
    if "BSD License" in said and exact not in PERMITTED:
        return _which_bsd(found)
    if exact in PERMITTED | WEAK | FOR_DEVELOPMENT or " OR " in exact:
        return exact
    return " OR ".join(NAMES.get(one, one) for one in said) or text or _first_line(found)


def _first_line(found: Distribution) -> str:
    """Return how the file LICENSE in the wheel begins, as the licence's identifier where it is one."""
    lines = _text(found).splitlines()
    return NAMES.get(lines[0], lines[0]) if lines else "none is named"


def _which_bsd(found: Distribution) -> str:
    """Return the licence that the classifier leaves open, by the text of its clauses."""
    text = " ".join(_text(found).lower().split())
    if "redistributions in binary form" not in text:
        return "BSD License"
    return "BSD-3-Clause" if "endorse or promote" in text else "BSD-2-Clause"


def _text(found: Distribution) -> str:
    """Return the text of the file LICENSE in the wheel; empty where there is none."""
    files = [file for file in found.files or [] if file.name.upper().startswith(("LICENSE", "LICENCE"))]
    return "\n".join(file.read_text() for file in files[:1]).strip()


def dependencies(root: str, extras: frozenset[str] = frozenset()) -> list[Dependency]:
    """Return all that `root` needs on this machine, with these extras, sorted by name. What is missing is left out."""
    found: dict[str, Dependency] = {}
    waiting = [(root, extras)]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, wanted = waiting.pop()
        if (name, wanted) in seen:
            continue
        seen.add((name, wanted))
        for line in distribution(name).requires or []:
            need = Requirement(line)
            if need.marker and not any(need.marker.evaluate({"extra": extra}) for extra in wanted or {""}):
                continue
            key = canonicalize_name(need.name)
            try:
                there = distribution(key)
            except PackageNotFoundError:
                # An extra that is not installed here: pip has refused to leave out any other.
                continue
            found.setdefault(key, Dependency(key, there.version, licence_of(there), name))
            waiting.append((key, frozenset(need.extras)))
    return sorted(found.values(), key=lambda one: one.name)


def main(arguments: list[str]) -> int:
    """Print the table; return 1 if a licence is unknown."""
    everything = "--all" in arguments
    listed = dependencies("wxtui", frozenset({"dev", "age"} if everything else {"age"}))
    also = frozenset(FOR_DEVELOPMENT) if everything else frozenset[str]()
    for one in listed:
        print(f"{one.name:22} {one.version:18} {one.licence:28} for {one.asked_by}")
    strange = [one for one in listed if not one.is_permitted(also)]
    for one in strange:
        print(f"not permitted: {one.name}: {one.licence}", file=sys.stderr)
    return 1 if strange else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
