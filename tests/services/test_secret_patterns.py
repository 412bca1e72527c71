"""What looks like a secret is masked, and what only looks odd is not."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.services.util.secret_patterns import MASK, TOKENS, SecretMask, masked

AWS = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"

SECRETS = [
    ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    ("pushed with ghp_" + "a1B2" * 9, "ghp_" + "a1B2" * 9),
    ("glpat-abcdefghij0123456789", "glpat-abcdefghij0123456789"),
    ("LTAI5tAbCdEf0123456789", "LTAI5tAbCdEf0123456789"),
    (f"got {JWT}", JWT),
    ("DB_PASSWORD=hunter2", "hunter2"),
    ("password=correct", "correct"),
    ("export MYSQL_PWD='correct horse'", "correct horse"),
    ('"password": "hunter2!"', "hunter2!"),
    ("password: hunter2", "hunter2"),
    ("密码：abc12345", "abc12345"),
    ("密码: 886644", "886644"),
    ("api_key => k3yk3yk3y", "k3yk3yk3y"),
    (f"aws_secret_access_key = {AWS}", AWS),
    ("Authorization: Bearer abcdef", "abcdef"),
    ("> authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    ("using bearer 0123456789abcdefgh now", "0123456789abcdefgh"),
    ("Set-Cookie: sid=31d4d96e407aad42; HttpOnly", "31d4d96e407aad42"),
    ("cloning https://bob:s3cret@git.example.com/x.git", "s3cret"),
    ("https://0123456789abcdefABCDEF@github.com/x", "0123456789abcdefABCDEF"),
    ("postgres://app:p%40ss@db/app", "p%40ss"),
    ("GET /file?X-Amz-Signature=0123456789abcdef&x=1", "0123456789abcdef"),
    ("deploy --token abcdef --force", "abcdef"),
    ("mysqldump -u root -phunter2 app", "hunter2"),
    ("curl -u bob:hunter2 https://example.com", "hunter2"),
    ("sshpass -p hunter2 ssh host", "hunter2"),
    ("WEBHOOK=Zx81kLmQ09vTyUi3OpAsDfGhJkL2zXcV", "Zx81kLmQ09vTyUi3OpAsDfGhJkL2zXcV"),
]
HARMLESS = [
    "commit 970bcee6e1a5f36d9cd1cbbd2d9f0a70a3bd0c1a",
    "rev=970bcee6e1a5f36d9cd1cbbd2d9f0a70a3bd0c1a",
    "request: 123e4567-e89b-12d3-a456-426614174000",
    "session=123e4567-e89b-12d3-a456-426614174000",
    "digest: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "image nginx@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  build.tar.gz",
    '"integrity": "sha512-Zx81kLmQ09vTyUi3OpAsDfGhJkL2zXcVbNm1QwErTy4UiOpAsDfGhJkLzXcVbNmQwErTyUiOpAsDfGhJkLzXcV=="',
    "golang.org/x/net v0.1.0 h1:hZ/3BUoy5aId7sCpA/Tc5lt8DkFgdVS2onTpJsZ/fl0=",
    "SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDK1k9OXxJ8dXnJkjY",
    "ETag: W/Zx81kLmQ09vTyUi3OpAsDfGhJkL2zXcV",
    "Password: ",
    "password incorrect",
    "error: invalid token: unexpected identifier",
    "SyntaxError: Unexpected token: }",
    "max_tokens=4096 total_tokens: 1234",
    "token=${TOKEN} password=$PASS api_key: <your key>",
    "password: ******** token=xxxx",
    "password=null secret: none",
    "self.token = token",
    "token = secrets.token_hex(32)",
    "secretName: web-tls-2026",
    "--password-file=/run/secrets/db",
    "docker run -u 1000:1000 nginx",
    "curl -u 1000:1000 x",
    "http://localhost:8080/path@2x.png",
    "ssh://git@github.com:22/x/y.git",
    "ok tests/test_token.py::test_password_is_asked PASSED",
    "make[1]: *** [Makefile:12: deploy] Error 2",
    "100%|##########| 12/12 [00:01<00:00, 9.1it/s]",
    "/usr/lib/python3.11/site-packages/google/auth/credentials.py:12",
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_a_secret_is_masked_and_its_name_is_not(text: str, secret: str) -> None:
    found = masked(text)
    assert found.startswith(f"{text[: text.index(secret)]}{MASK}")
    assert secret not in found


def test_each_token_has_the_letters_by_which_it_is_found() -> None:
    for letters, pattern in TOKENS.items():
        assert letters.replace(b".", b"\\.").lstrip(b"k") in pattern


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays(text: str) -> None:
    assert masked(text) == text


KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\nAAAABG5vbmU\n-----END OPENSSH PRIVATE KEY-----"


def test_a_private_key_is_masked_between_its_lines_also_where_one_of_them_is_missing() -> None:
    first, one, two, last = KEY.split("\n")
    assert masked(f"a\n{KEY}\nb") == f"a\n{first}\n{MASK}\n{MASK}\n{last}\nb"
    assert masked(f"{one}\n{two}\n{last}\nb") == f"{MASK}\n{MASK}\n{last}\nb"
    assert masked(f"a\n{first}\n{one}") == f"a\n{first}\n{MASK}"
    mask = SecretMask()
    pieces = [f"a\n{first}\n", f"{one}\n", f"{two}\n{last}\nb\n", "password=hunter2\n"]
    assert [mask.feed(piece.encode()).decode() for piece in pieces] == [
        f"a\n{first}\n", f"{MASK}\n", f"{MASK}\n{last}\nb\n", f"password={MASK}\n"
    ]  # fmt: skip
    assert [number for number, _line in mask.lines] == [3, 4, 7]
    assert mask.count == 3


FORMS = (
    "password={}",
    "export API_TOKEN={}",
    'secret: "{}"',
    "--password {}",
    "https://u:{}@h/",
    "Authorization: Bearer {}",
)
LETTERS = string.ascii_letters + string.digits + "!#%^&+/~"


@given(
    st.sampled_from(FORMS),
    st.text(LETTERS, min_size=7, max_size=60),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)
def test_no_secret_gets_through_whatever_stands_around_it(form: str, value: str, before: str, after: str) -> None:
    value = f"k7{value.replace('/', 'x')}" if "@" in form else f"k7{value}"
    found = masked(f"{before}\n{form.format(value)}\n{after}")
    assert value not in found.split("\n")[before.count("\n") + 1]
