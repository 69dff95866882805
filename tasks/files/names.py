"""Cleans the names of uploaded files for display; a name is never used as a path."""

import html
import re
import unicodedata

from django.http.multipartparser import MultiPartParser
from django.utils.translation import gettext as _

from tasks import typed

LIMIT = 255  # bytes in UTF-8, what a file system takes; a longer name is cut before its extension


def clean_name(sent: str) -> str:
    """The last part of the sent path without controls and marks of direction, of at most LIMIT bytes.

    Private characters stay: on many official machines they stand for rare names. So do those that are newer than
    Python's tables. Marks of direction go: they make “表fdp.exe” look like “表exe.pdf”.
    """
    last = re.split(r"[/\\]", sent)[-1]
    visible = typed.without_unseen(unicodedata.normalize("NFC", last).replace("\n", ""))
    name = re.sub(r"\s+", " ", visible).strip(" .")
    stem, suffix = split(name)
    if not stem.strip(" ."):
        stem = _("文件")
    return fit(stem, suffix)


def fit(stem: str, suffix: str) -> str:
    """The name from stem and extension, the stem cut to what LIMIT leaves; a character stays whole, with its marks."""
    room = LIMIT - len(suffix.encode())
    if len(stem.encode()) > room:
        end = len(stem.encode()[:room].decode(errors="ignore"))
        while end and _belongs_before(stem[end]):
            end -= 1
        stem = stem[:end]
    return stem.rstrip(" .\u200c\u200d") + suffix


def install() -> None:
    """Let the parser of uploads keep the characters that `clean_name` keeps: Django's drops what Python's tables call
    unprintable, and with it the private and newest characters of a person's name."""

    def sanitize_file_name(_parser: MultiPartParser, file_name: str) -> str | None:
        last = re.split(r"[/\\]", html.unescape(file_name))[-1]
        name = typed.without_unseen(last).replace("\n", "")
        return None if name in {"", ".", ".."} else name

    MultiPartParser.sanitize_file_name = sanitize_file_name  # type: ignore[method-assign,assignment]


def _belongs_before(character: str) -> bool:
    """Whether the character is a mark on the one before: an accent, a variant's selector, a joiner."""
    return unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf"}


def split(name: str) -> tuple[str, str]:
    """Splits a name into stem and extension (`佐证`, `.PDF`); an extension is short and has no space."""
    match = re.fullmatch(r"(.*)(\.[^\s.]{1,10})", name, re.DOTALL)
    return (match[1], match[2]) if match else (name, "")
