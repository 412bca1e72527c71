"""Words as a shell reads them, for command lines that a person pastes."""

from __future__ import annotations


def shell_word(text: str) -> str:
    """Return a word as a shell reads it; what a terminal would not show stands as `$'…'`."""
    if text.isprintable():
        import shlex

        return shlex.quote(text)
    safe = text.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + "".join(one if one.isprintable() else _escaped(one) for one in safe) + "'"


def shell_file(name: str) -> str:
    """Return the name of a file here as a word that is no option."""
    return shell_word(f"./{name}" if name.startswith("-") else name)


def _escaped(char: str) -> str:
    if char == "\n":
        return "\\n"
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))
