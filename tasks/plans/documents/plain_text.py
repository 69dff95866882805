"""Text files: the encoding is found by what the bytes give, since no file says it reliably."""

import codecs

from django.utils.translation import gettext as _

from tasks.plans.documents.values import Place, TextBuilder, Unit, refusal

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_COMMON_SHARE = 0.85  # of the characters; text in a wrong encoding has well under a half
_SAMPLE = 200_000  # characters that are looked at to tell encodings apart


def read_text(content: bytes, out: TextBuilder) -> None:
    """Read a text file in UTF-8, UTF-16 or GB18030. Raises Problems for any other encoding."""
    text = decode(content)
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        out.add(line, Place(Unit.LINE, number))


def decode(content: bytes) -> str:
    """The text of the bytes, without a byte order mark. Raises Problems if no encoding gives Chinese text."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            text = _decoded(content[len(mark) :], encoding)
            if text is None:
                raise _unknown()
            return text
    text = _decoded(content, "utf-8")
    if text is not None and "\0" not in text:
        return text
    candidates = [_decoded(content, encoding) for encoding in ("gb18030", "utf-16-le", "utf-16-be")]
    share, best = max(((_common(text), text) for text in candidates if text), default=(0.0, ""))
    if share < _COMMON_SHARE:
        raise _unknown()
    return best


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _common(text: str) -> float:
    """The share of characters that official Chinese text uses: those of GB 2312, and printable ASCII."""
    sample = text[:_SAMPLE]
    known = sample.encode("gb2312", "ignore").decode("gb2312")
    return sum(char.isprintable() or char.isspace() for char in known) / len(sample)


def _unknown() -> Exception:
    return refusal(_("认不出文件的文字编码。请用记事本打开，确认文字正常，另存为 UTF-8 编码的 .txt 再上传。"))
