"""Reads the golden files and compares a request with one of their cases.

The files were written from the seeds and PROTOCOL.md alone, never from the client's code, so that client and sandbox
cannot share one mistake; `source` names the section. `[request]` holds for all `[[cases]]` of the file. A case adds
what is `given` and what must come out: `host` is a role of the session's hosts, `query` the decoded pairs in order,
`body` the exact UTF-8 bytes. A value `re:…` stands for whatever matches it as a whole, where the documents leave a
choice: `optional_query` names may be there, `any_order` frees the query's order, `uin = "free"` lets Uin be number or
string, `free_place` names keys of Msg whose place is not documented.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tui.wire.call import Request
from tui.wire.hosts import Hosts
from tui.wire.names import Endpoint
from tui.wire.session import Session

HERE = Path(__file__).parent
CHOICE = "re:"


def read(name: str) -> dict[str, Any]:
    """One golden file."""
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


def session(name: str) -> Session:
    """The session `web` or `filehelper` of session.toml."""
    row = read("session")[name]
    return Session(**{**row, "endpoint": Endpoint(row["endpoint"]), "hosts": Hosts(**row["hosts"])})


def matches(expected: str, actual: str) -> bool:
    """Equal, or matched as a whole where the file says `re:`."""
    if expected.startswith(CHOICE):
        return re.fullmatch(expected.removeprefix(CHOICE), actual) is not None
    return expected == actual


@dataclass(frozen=True)
class Case:
    """One case of one file: what is given, and the request that the documents ask for."""

    file: str
    source: str
    name: str
    given: dict[str, Any]
    want: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.file}: {self.name}"

    @property
    def session(self) -> Session:
        """Who makes the call."""
        return session(self.want.get("session", "web"))

    @property
    def headers(self) -> dict[str, str]:
        """The headers that the request must carry."""
        return self.want["headers"]

    @property
    def url(self) -> str:
        """Origin and path; the origin is the session's host of that role unless the file names one."""
        origin = self.want.get("origin") or getattr(self.session.hosts, self.want["host"])
        return f"{origin}{self.want['path']}"

    def check(self, request: Request) -> None:
        """Everything about `request` but an upload's body."""
        assert matches(self.want["method"], request.method)
        assert request.url == self.url
        self.check_query(request)
        self.check_headers(request)
        if "ranges" not in self.want:
            self.check_body(request.body)

    def check_query(self, request: Request) -> None:
        """Names and values, in the documented order where there is one."""
        optional = self.want.get("optional_query", [])
        found = [pair for pair in request.query if pair[0] not in optional]
        wanted = [(key, value) for key, value in self.want["query"]]
        if self.want.get("any_order"):
            found, wanted = sorted(found), sorted(wanted)
        assert [key for key, _ in found] == [key for key, _ in wanted]
        for (key, expected), (_, actual) in zip(wanted, found, strict=True):
            assert matches(expected, actual), f"{key}={actual}, not {expected}"

    def check_headers(self, request: Request) -> None:
        """Headers that the documents name, each once."""
        found = [(key.lower(), value) for key, value in request.headers]
        for key, expected in self.headers.items():
            values = [value for name, value in found if name == key.lower()]
            assert len(values) == 1, f"{key}: {values}"
            assert matches(expected, values[0]), f"{key}: {values[0]}, not {expected}"
        assert not {key for key, _ in found} & set(self.want.get("absent_headers", ()))

    def check_body(self, body: bytes) -> None:
        """The exact bytes, but for what the file says is free: Uin's form, a key's place, an XML's spelling."""
        expected: str = self.want.get("body", "")
        if not expected.startswith("{"):
            assert body == expected.encode()
            return
        found = json.loads(body)
        assert compact(found) == body, "JSON is compact and its non-ASCII unescaped"
        wanted = json.loads(expected)
        assert compact(wanted) == expected.encode(), f"{self}: the golden body itself is not canonical"
        if "content" in self.want:
            check_xml(self.want["content"].strip(), found["Msg"]["Content"])
            found["Msg"]["Content"] = wanted["Msg"]["Content"] = ""
        if self.want.get("uin") == "free":
            assert str(found["BaseRequest"]["Uin"]) == wanted["BaseRequest"]["Uin"]
            found["BaseRequest"]["Uin"] = wanted["BaseRequest"]["Uin"]
        for key in self.want.get("free_place", ()):
            assert found["Msg"].pop(key, None) == wanted["Msg"].pop(key)
        assert compact(found).decode() == compact(wanted).decode()


def compact(value: object) -> bytes:
    """JSON without blanks, in the order of the keys, non-ASCII as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def check_xml(expected: str, actual: str) -> None:
    """The same elements in the same order with the same attributes and texts."""
    wanted = list(ElementTree.fromstring(expected).iter())
    found = list(ElementTree.fromstring(actual).iter())
    assert [element.tag for element in found] == [element.tag for element in wanted]
    for want, have in zip(wanted, found, strict=True):
        assert [child.tag for child in have] == [child.tag for child in want]
        assert have.attrib == want.attrib
        texts = want.text or "", have.text or ""
        if len(want):
            assert not "".join(texts).strip()
        else:
            assert matches(*texts), f"<{want.tag}> holds {texts[1]!r}, not {texts[0]!r}"
        assert not (have.tail or "").strip()


def load(name: str) -> list[Case]:
    """The cases of one file; what stands under `[request]` holds for each of them."""
    data = read(name)
    common = data["request"]
    cases = []
    for row in data["cases"]:
        headers = {**common.get("headers", {}), **row.get("headers", {})}
        want = {"query": [], **common, **row, "headers": headers}
        cases.append(Case(name, data["source"], row["name"], row["given"], want))
    return cases
