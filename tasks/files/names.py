"""Cleans the names of uploaded files for display; a name is never used as a path."""

import re
import unicodedata

from django.utils.translation import gettext as _

LIMIT = 120  # characters; a longer name is cut before its extension
# Cc: control characters, including NUL and line ends. Cf: invisible characters, such as those that reverse the writing
# direction and make “表fdp.exe” look like “表exe.pdf”. Cs: surrogates. Co, Cn: characters without a known shape.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}


def clean_name(typed: str) -> str:
    """The last part of the sent path, without invisible characters, of at most LIMIT characters."""
    last = re.split(r"[/\\]", typed)[-1]
    visible = "".join(
        character
        for character in unicodedata.normalize("NFC", last)
        if unicodedata.category(character) not in _UNSEEN
    )
    name = re.sub(r"\s+", " ", visible).strip(" .")
    stem, suffix = split(name)
    if not stem.strip(" ."):
        stem = _("文件")
    return stem[: LIMIT - len(suffix)].rstrip(" .") + suffix


def split(name: str) -> tuple[str, str]:
    """Splits a name into stem and extension (`佐证`, `.PDF`); an extension is short and has no space."""
    match = re.fullmatch(r"(.*)(\.[^\s.]{1,10})", name, re.DOTALL)
    return (match[1], match[2]) if match else (name, "")
