"""Web pages saved from a government site (.html, .htm, .mht): the article, without what the site puts around it.

The article is the smallest element that holds nearly all of the page's prose, that is text with Chinese punctuation and
outside links. Libraries made for this (trafilatura, readability) are tuned to news: they leave out short paragraphs,
tables and lists, and a plan consists of these.
"""

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from lxml import etree, html

from tasks.errors import Problems
from tasks.plans.documents.numbering import FORMATS
from tasks.plans.documents.plain_text import decode
from tasks.plans.documents.values import Omission, Place, RawCell, Reason, TextBuilder, Unit, refusal

MAX_BYTES = 10 * 1024 * 1024
MAX_TAGS = 400_000  # a plan of 500 pages has a tenth
MAX_DEPTH = 250
MAX_COLUMNS = 60
MAX_ROWS = 5000
_SHARE = 0.9  # of the page's prose
_SENTENCE = 15  # characters; shorter texts are as often a site's as a plan's

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]{3,20})", re.IGNORECASE)
_SILENT = {
    "script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "select", "button", "input",
    "textarea", "nav", "footer", "head", "title", "video", "audio", "canvas",
}  # fmt: skip
_INLINE = {
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img",
    "ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt",
    "u", "var", "wbr", "ruby", "rb", "o:p", "st1:chsdate", "center",
}  # fmt: skip
_PROSE = re.compile("[，。；：、｡､]")
_SPACES = re.compile(r"[ \t\r\n\f]+")
_LABEL = re.compile(
    r"(?:索\s*引\s*号|发文字号|文\s*号|成文日期|发文日期|发布日期|印发日期|公开日期|发布机构|发文机关|发文机构|发文单位|主题分类|公文时效|有\s*效\s*性|施行日期|失效日期)"
    r"\s*[:：]?"
)
_FURNITURE = re.compile(
    r"[【\[]?(?:打印|关闭|分享|收藏|字体|字号|大中小|扫一扫|上一[篇条]|下一[篇条]|相关(?:链接|解读|阅读|稿件|文件|新闻)"
    r"|责任编辑|浏览(?:次数|量)|点击(?:数|量)|您?当前(?:的)?位置|首页\s*[>＞»]|返回(?:顶部|首页)|分享到)"
)
_ATTACHED = re.compile(r"附件|\.(?:docx?|pdf|wps|xlsx?|et|ofd|zip|rar)$", re.IGNORECASE)


def read_web_page(content: bytes, out: TextBuilder) -> None:
    """Read a saved page. Raises Problems if it is too large or has no text."""
    if len(content) > MAX_BYTES:
        raise refusal(_("网页超过 %(mb)d MB。请只保存正文再上传。") % {"mb": MAX_BYTES // 1024 // 1024})
    root = _parsed(_decoded(_unpacked(content)))
    body = root.find("body")
    if body is None:
        raise refusal(_("文件里没有文字。"))
    article = _article(body)
    before = list(_head(body, article, root.findtext("head/title") or ""))
    items = list(_Walk().items(article))
    inside = [item.text for item in items[:30] if isinstance(item, _Line)]
    _write([line for line in before if line.text not in inside], items, out)
    if article is not body:
        parent = article.getparent()
        parent.remove(article)
        for item in _Walk().items(
            body
        ):  # what else the page says in sentences, so that nothing is lost silently
            if isinstance(item, _Line) and _is_proper(item) and _length(item.text) and item not in before:
                out.omitted.append(Omission(item.text, Reason.NAVIGATION, Place(Unit.PARAGRAPH, 1)))


def _unpacked(content: bytes) -> bytes:
    """The page within a web archive (.mht), or the content itself."""
    head = content[:2048].lower()
    if b"multipart/related" not in head or b"<html" in head.split(b"multipart/related")[0]:
        return content
    for part in email.message_from_bytes(content, policy=email.policy.default).walk():
        if part.get_content_type() == "text/html":
            payload = part.get_payload(decode=True)
            return payload if isinstance(payload, bytes) else b""
    raise refusal(_("文件已损坏，无法打开，请重新保存后再上传。"))


def _decoded(content: bytes) -> str:
    named = _CHARSET.search(content[:4096])
    if named and not content.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        name = named[1].decode().lower()
        try:
            return content.decode("gb18030" if name.startswith("gb") else name)
        except (UnicodeDecodeError, LookupError):
            pass
    try:
        return decode(content)
    except Problems:
        text = content.decode("utf-8", "replace")
        if text.count("\ufffd") * 1000 > len(text):
            raise
        return text


def _parsed(text: str) -> html.HtmlElement:
    if text.count("<") > MAX_TAGS:
        raise refusal(_("网页太大，超出能处理的范围。请只保存正文再上传。"))
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.LxmlError, ValueError) as error:
        raise refusal(_("网页已损坏，读不了。请重新保存后再上传。")) from error
    level, depth = [root], 0
    while level:
        level = [child for element in level for child in element]
        depth += 1
        if depth > MAX_DEPTH:
            raise refusal(_("网页已损坏，读不了。请重新保存后再上传。"))
    return root


# -- the article --------------------------------------------------------------------------------------------


def _article(body: html.HtmlElement) -> html.HtmlElement:
    prose: dict[html.HtmlElement, int] = {}
    _measure(body, prose, in_link=False)
    total = prose.get(body, 0)
    article = body
    while total:
        inner = next((child for child in article if prose.get(child, 0) >= _SHARE * total), None)
        if inner is None or inner.tag in ("p", "span", "tbody", "tr"):
            break
        article = inner
    if article.tag in _INLINE or article.tag == "table":
        parent = article.getparent()
        return article if parent is None else parent
    return article


def _measure(element: html.HtmlElement, prose: dict[html.HtmlElement, int], in_link: bool) -> int:
    """Counts the characters of prose within every element."""
    if not isinstance(element.tag, str) or element.tag in _SILENT:
        return 0
    in_link = in_link or element.tag == "a"
    count = 0 if in_link else _length(element.text)
    for child in element:
        count += _measure(child, prose, in_link)
        count += 0 if in_link else _length(child.tail)
    prose[element] = count
    return count


def _length(text: str | None) -> int:
    return len(text) if text and len(text) >= _SENTENCE and _PROSE.search(text) else 0


def _head(body: html.HtmlElement, article: html.HtmlElement, title: str) -> Iterator["_Line"]:
    """The lines before the article that belong to the document: its title, and labels such as 发文字号."""
    if article is body:
        return
    compact = _SPACES.sub("", title)
    for item in _Walk(until=article).items(body):
        if isinstance(item, _Line) and not item.linked:
            text = _SPACES.sub("", item.text)
            if (_LABEL.match(item.text) and len(text) < 200) or (len(text) > 7 and text in compact):
                yield item


# -- lines and tables ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Line:
    text: str
    linked: bool  # the whole line is a link


@dataclass(frozen=True)
class _Grid:
    rows: list[list[tuple[str, int, int]]]  # text, rows, columns


class _Walk:
    """Turns elements into lines and tables, as a browser would set them."""

    def __init__(self, until: html.HtmlElement | None = None) -> None:
        self._until = until
        self._over = False
        self._pieces: list[tuple[str, bool]] = []

    def items(self, element: html.HtmlElement) -> Iterator["_Line | _Grid"]:
        yield from self._inner(element, in_link=False, keep=False)
        yield from self._flush()

    def _inner(self, element: html.HtmlElement, in_link: bool, keep: bool) -> Iterator["_Line | _Grid"]:
        yield from self._text(element.text, in_link, keep)
        number = 0
        for child in element:
            self._over = self._over or child is self._until
            if self._over:
                return
            if isinstance(child.tag, str) and child.tag not in _SILENT:
                if element.tag == "ol" and child.tag == "li":
                    number = _integer(child.get("value")) or (
                        number + 1 if number else _integer(element.get("start")) or 1
                    )
                    yield from self._flush()
                    self._pieces.append((_ordinal(element, number), in_link))
                yield from self._element(child, in_link, keep)
            if not self._over:
                yield from self._text(child.tail, in_link, keep)

    def _element(self, child: html.HtmlElement, in_link: bool, keep: bool) -> Iterator["_Line | _Grid"]:
        tag = child.tag
        if tag == "br":
            yield from self._flush()
        elif tag == "table" and (grid := _data_table(child)) is not None and self._until is None:
            yield from self._flush()
            yield grid
        elif tag in ("rt", "rp"):
            return
        elif tag in _INLINE:
            yield from self._inner(child, in_link or tag == "a", keep)
        elif tag in ("td", "th"):
            yield from self._inner(child, in_link, keep)
            self._pieces.append(("\t", in_link))
        else:
            if not _is_ordinal(self._pieces):
                yield from self._flush()
            yield from self._inner(child, in_link, keep or tag == "pre")
            yield from self._flush()

    def _text(self, text: str | None, in_link: bool, keep: bool) -> Iterator["_Line | _Grid"]:
        if not text:
            return
        if not keep:
            self._pieces.append((_SPACES.sub(" ", text), in_link))
            return
        first, *rest = text.split("\n")
        self._pieces.append((first, in_link))
        for line in rest:
            yield from self._flush()
            self._pieces.append((line, in_link))

    def _flush(self) -> Iterator[_Line]:
        text = re.sub(" {2,}", " ", "".join(piece for piece, _linked in self._pieces)).strip(" \t")
        linked = all(in_link for piece, in_link in self._pieces if piece.strip())
        self._pieces = []
        if text.strip():
            yield _Line(text, linked)


def _is_ordinal(pieces: list[tuple[str, bool]]) -> bool:
    """Whether there is nothing yet but the number of a list's item."""
    return len(pieces) == 1 and pieces[0][0][-1:] in (".", "、")


def _ordinal(element: html.HtmlElement, number: int) -> str:
    """The number that a browser prints before an item of an ordered list."""
    style = (element.get("style") or "").lower()
    if any(name in style for name in ("cjk-ideographic", "simp-chinese-informal", "trad-chinese-informal")):
        return f"{FORMATS['chineseCounting'](number)}、"
    form = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}.get(
        element.get("type") or ""
    )
    return f"{FORMATS[form](number) if form and number < 1000 else number}."


def _integer(text: str | None) -> int:
    return int(text) if text and re.fullmatch(r"\d{1,4}", text.strip()) else 0


def _data_table(table: html.HtmlElement) -> _Grid | None:
    """The table's cells; None for a table that only lays out the page."""
    if next(table.iterdescendants("table"), None) is not None:
        return None
    rows = list(table.iterdescendants("tr"))
    cells = [[cell for cell in row if cell.tag in ("td", "th")] for row in rows]
    if len(rows) > MAX_ROWS or max(map(len, cells), default=0) < 2:
        return None
    grid = [
        [
            (
                _cell_text(cell),
                min(max(_integer(cell.get("rowspan")), 1), len(rows) - number),
                min(max(_integer(cell.get("colspan")), 1), MAX_COLUMNS),
            )
            for cell in row[:MAX_COLUMNS]
        ]
        for number, row in enumerate(cells)
    ]
    if any(len(text) > 2000 for row in grid for text, _rows, _columns in row):
        return None
    return _Grid(grid)


def _cell_text(cell: html.HtmlElement) -> str:
    lines = [item.text for item in _Walk().items(cell) if isinstance(item, _Line)]
    return " ".join(" ".join(line.split()) for line in lines)


# -- writing ------------------------------------------------------------------------------------------------


def _write(head: list[_Line], items: list[_Line | _Grid], out: TextBuilder) -> None:
    proper = [number for number, item in enumerate(items) if not isinstance(item, _Line) or _is_proper(item)]
    first, last = (proper[0], proper[-1]) if proper else (0, len(items) - 1)
    paragraph = 0
    for number, item in enumerate((*head, *items), -len(head)):
        if isinstance(item, _Line):
            at_edge = not first <= number <= last and number >= 0
            if _FURNITURE.match(item.text) or (at_edge and item.linked and not _ATTACHED.search(item.text)):
                place = Place(Unit.PARAGRAPH, max(paragraph, 1))
                out.omitted.append(Omission(item.text, Reason.NAVIGATION, place))
                continue
            paragraph += 1
            out.line(item.text, Place(Unit.PARAGRAPH, paragraph))
        else:
            places = [Place(Unit.PARAGRAPH, paragraph + row) for row in range(1, len(item.rows) + 1)]
            paragraph += len(places)
            out.table(list(_placed(item)), places)


def _is_proper(line: _Line) -> bool:
    return not line.linked and not _FURNITURE.match(line.text)


def _placed(grid: _Grid) -> Iterator[RawCell]:
    """The cells with their columns, which cells that reach down from above push to the right."""
    taken: set[tuple[int, int]] = set()
    for number, row in enumerate(grid.rows):
        column = 0
        for text, rows, columns in row:
            while (number, column) in taken:
                column += 1
            columns = min(columns, MAX_COLUMNS - column)
            if columns <= 0:
                break
            taken.update(
                (n, c) for n in range(number, number + rows) for c in range(column, column + columns)
            )
            yield RawCell(text, number, column, rows, columns)
            column += columns
