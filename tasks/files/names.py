"""What a file is called: for a person to read, and never a path."""

import re
import unicodedata

from django.utils.translation import gettext as _

LIMIT = 120  # characters; longer ones are shortened in the middle of nothing: the ending stays
# Cc: control characters, NUL and line ends among them. Cf: invisible ones, such as the marks that turn the direction
# of writing round and make “表fdp.exe” read “表exe.pdf”. Cs: halves of a pair. Co, Cn: nobody knows how they look.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}


def clean_name(typed: str) -> str:
    """The last part of what was sent, without what cannot be seen, and no longer than people read."""
    last = re.split(r"[/\\]", typed)[-1]
    seen = "".join(
        character
        for character in unicodedata.normalize("NFC", last)
        if unicodedata.category(character) not in _UNSEEN
    )
    name = re.sub(r"\s+", " ", seen).strip(" .")
    stem, suffix = split(name)
    if not stem.strip(" ."):
        stem = _("文件")
    return stem[: LIMIT - len(suffix)].rstrip(" .") + suffix


def split(name: str) -> tuple[str, str]:
    """(`佐证`, `.PDF`); what follows the last point is an ending only when it is short and has no space."""
    match = re.fullmatch(r"(.*)(\.[^\s.]{1,10})", name, re.DOTALL)
    return (match[1], match[2]) if match else (name, "")
