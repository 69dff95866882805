"""From an uploaded file to a `Document`: tells the format by the content and refuses what cannot be read."""

import hashlib
import io
import re

from django.utils.translation import gettext as _

from tasks.files.content import Unfit, kind_of
from tasks.files.names import split
from tasks.files.values import DOC, DOCX
from tasks.plans.documents.plain_text import read_text
from tasks.plans.documents.values import Document, Format, TextBuilder, refusal
from tasks.plans.documents.word import read_word

MAX_BYTES = 20 * 1024 * 1024
MAX_PAGES = 500
MAX_CHARACTERS = MAX_PAGES * 1200  # a page of the official layout has 22 lines of 28 characters

_CONTAINERS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_READERS = {Format.TEXT: read_text, Format.WORD: read_word}
_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_LATIN = re.compile("[A-Za-z]")


def extract(name: str, content: bytes) -> Document:
    """The document with its text. Raises Problems, one sentence on the field "document", for what cannot be read.

    Its time and memory grow with the size of the file, within the limits above.
    """
    if not content:
        raise refusal(_("文件是空的，里面什么都没有。"))
    if len(content) > MAX_BYTES:
        raise refusal(
            _("文件超过 %(mb)d MB，请删去图片等无关内容后再上传。") % {"mb": MAX_BYTES // 1024 // 1024}
        )
    form = _format(name, content)
    out = TextBuilder()
    _READERS[form](content, out)
    _check_text(out.text)
    return Document(
        name,
        form,
        hashlib.sha256(content).hexdigest(),
        out.text,
        tuple(out.marks),
        tuple(out.tables),
        tuple(out.omitted),
    )


def _format(name: str, content: bytes) -> Format:
    """The format by the content. Raises Problems for others, and for a name that says something else."""
    if not content.startswith(_CONTAINERS):
        return Format.TEXT
    try:
        kind = kind_of(io.BytesIO(content), name)
    except Unfit as error:
        raise refusal(_("文件%(fault)s") % {"fault": error}) from error
    if kind is DOC:
        raise refusal(
            _("%(suffix)s 是旧格式，读不了。请用 Word 或 WPS 打开，选“另存为”，类型选 .docx，再上传新文件。")
            % {"suffix": split(name)[1].lower()}
        )
    if kind is DOCX:
        return Format.WORD
    raise refusal(_("请上传方案的 .docx、PDF、网页（.html）或 .txt 文件。"))


def _check_text(text: str) -> None:
    """Raise Problems for a text that is no Chinese plan of a usual size."""
    if len(text) > MAX_CHARACTERS:
        raise refusal(
            _("文件超过 %(pages)d 页（%(count)d 字），请只上传一个方案的正文。")
            % {"pages": MAX_PAGES, "count": len(text)}
        )
    han, latin = len(_HAN.findall(text)), len(_LATIN.findall(text))
    if not text.strip():
        raise refusal(_("文件里没有文字。"))
    if han * 2 < latin or not han:
        raise refusal(_("文件里几乎没有汉字，不是中文方案。请上传方案的中文文本。"))
