"""From an uploaded file to a `Document`: tells the format by the content and refuses what cannot be read."""

import hashlib
import io
import re
from collections.abc import Callable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.files.content import NotTaken, Unfit, kind_of
from tasks.files.names import clean_name, split
from tasks.files.values import DOC, DOCX, JPEG, OFD, PDF, PNG, TIFF, XLS, XLSX
from tasks.plans.documents.pdf import read_pdf
from tasks.plans.documents.plain_text import read_text
from tasks.plans.documents.several_plans import titles_of_plans
from tasks.plans.documents.spreadsheet import read_spreadsheet
from tasks.plans.documents.values import (
    MAX_CHARACTERS,
    Document,
    Format,
    TextBuilder,
    refusal,
    too_long,
)
from tasks.plans.documents.web_page import read_web_page
from tasks.plans.documents.word import read_word

MAX_BYTES = 20 * 1024 * 1024
# What a file chooser offers, and what a name without a known extension is told to be.
SUFFIXES = (".docx", ".pdf", ".html", ".htm", ".mht", ".mhtml", ".txt", ".xlsx")

_READERS: Mapping[Format, Callable[[bytes, TextBuilder], None]] = {
    Format.TEXT: read_text,
    Format.WORD: read_word,
    Format.PDF: read_pdf,
    Format.HTML: read_web_page,
    Format.EXCEL: read_spreadsheet,
}
_SIGNED = (
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"%PDF-",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"II*\0",
    b"MM\0*",
)
_BY_KIND = {DOCX: Format.WORD, PDF: Format.PDF, XLSX: Format.EXCEL}
_REFUSED: Mapping[object, Promise] = {
    DOC: gettext_lazy(
        "%(suffix)s 是旧格式，读不了。请用 Word 或 WPS 打开，选“另存为”，类型选 .docx，再上传新文件。"
    ),
    XLS: gettext_lazy(
        "%(suffix)s 是旧格式，读不了。请用 Excel 或 WPS 打开，选“另存为”，类型选 .xlsx，再上传新文件。"
    ),
    OFD: gettext_lazy("OFD 文件读不了。请在阅读器里另存为 PDF 或 .docx，再上传新文件。"),
    **dict.fromkeys(
        (JPEG, PNG, TIFF),
        gettext_lazy(
            "这是图片，里面没有文字。请换用文字版，或先做文字识别、核对无误后存为 .docx 或 .txt 再上传。"
        ),
    ),
}
_TEXTS = {Format.TEXT: (".txt",), Format.HTML: (".html", ".htm", ".mht", ".mhtml")}
_TAG = re.compile(rb"<(?:!doctype\s+html|html|head|body|meta|div|table|p|span)[\s>]", re.IGNORECASE)
_ARCHIVED = re.compile(rb"\A(?:[!-9;-~]+:[^\n]*\n|[ \t][^\n]*\n){1,40}", re.IGNORECASE)
_EMPTY_ARCHIVE = b"PK\x05\x06"
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
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
            _("文件超过 %(mb)d MB。请删去图片等无关内容后再上传。") % {"mb": MAX_BYTES // 1024 // 1024}
        )
    name = clean_name(name)
    form = _format(name, content)
    out = TextBuilder()
    _READERS[form](content, out)
    _check_text(out.text)
    if form != Format.EXCEL:
        _check_single(out.text)
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
    suffix = split(name)[1].lower()
    if content.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(_SIGNED):
        try:
            kind = kind_of(io.BytesIO(content), name)
        except NotTaken as error:
            raise _no_plan() from error
        except Unfit as error:
            raise refusal(f"“{name}”{error}") from error
        if kind in _REFUSED:
            raise refusal(str(_REFUSED[kind]) % {"suffix": suffix})
        return _BY_KIND[kind]
    if content.startswith(_EMPTY_ARCHIVE):
        raise refusal(_("“%(name)s”是空的压缩包，里面没有文档；请重新保存后再上传。") % {"name": name})
    if content.startswith(b"{\\rtf"):
        raise refusal(_("这是 RTF 文件，读不了。请用 Word 或 WPS 打开，另存为 .docx 再上传。"))
    form = Format.HTML if _is_web_page(content) else Format.TEXT
    if suffix in _TEXTS[form] or (form is Format.TEXT and suffix in _TEXTS[Format.HTML]):
        return form
    if suffix not in SUFFIXES and suffix not in (".doc", ".wps", ".xls", ".et"):
        raise _no_plan()
    if form is Format.TEXT and _is_binary(content):
        raise refusal(_("“%(name)s”已损坏，无法打开；请重新保存后再上传。") % {"name": name})
    words = {Format.TEXT: _("纯文本"), Format.HTML: _("网页")}[form]
    raise refusal(
        _("“%(name)s”的内容是%(kind)s，扩展名却是 %(suffix)s。请确认文件没有选错，改为 %(right)s 再上传。")
        % {"name": name, "kind": words, "suffix": suffix, "right": _TEXTS[form][0]}
    )


def _is_binary(content: bytes) -> bool:
    """Whether this is no text in any encoding: control characters that no text has, and no mark of UTF-16."""
    head = content[:4096]
    return not head.startswith((b"\xff\xfe", b"\xfe\xff")) and bool(_CONTROL.search(head))


def _is_web_page(content: bytes) -> bool:
    head = content[:8192].replace(b"\0", b"")
    if b"multipart/related" in head[:2048].lower() and _ARCHIVED.match(head):
        return True
    return len(_TAG.findall(head)) > 1


def _no_plan() -> Exception:
    return refusal(
        _("这种文件读不了。请上传方案的 .docx、PDF、网页（.html）、.txt 文件，或任务表的 .xlsx 文件。")
    )


def _check_text(text: str) -> None:
    """Raise Problems for a text that is not in Chinese, or too long."""
    if len(text) > MAX_CHARACTERS:
        raise too_long()
    if not text.strip():
        raise refusal(_("文件里没有文字。"))
    han, latin = len(_HAN.findall(text)), len(_LATIN.findall(text))
    if han * 2 < latin or not han:
        raise refusal(_("文件里几乎没有汉字，不是中文方案。请上传方案的中文文本。"))


def _check_single(text: str) -> None:
    """Raise Problems for a file that holds several plans."""
    titles = titles_of_plans(text)
    if len(titles) > 1:
        raise refusal(
            _("文件里有 %(count)d 个方案：%(titles)s。请分成 %(count)d 个文件，一次上传一个。")
            % {"count": len(titles), "titles": "、".join(f"《{title.strip('《》')}》" for title in titles)}
        )
