"""Renders HTML as PDF. Nothing here knows the subject of a document.

The same HTML, attachments and fonts give the same bytes within one image of the application: dates come from the data,
nothing is fetched but our own fonts, and no other font is embedded. Another image may give other bytes: Pango, HarfBuzz
and zlib come with it, and the versions of WeasyPrint and pydyf decide which patches are installed
(`weasyprint_patches.installation`). An issued document is therefore stored, and never rendered again to be verified.

One process keeps one font configuration and its parsed style sheets. New ones for each document would leak about 2 MB
each and cost 4 ms a page. WeasyPrint changes them while it renders, so only one document is rendered at a time.
"""

import atexit
import gc
import hashlib
import logging
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, Engine
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from . import fonts as prepared
from .weasyprint_patches import installation

log = logging.getLogger(__name__)


class TypesetError(Exception):
    """The document cannot be rendered; the message says in one sentence what is missing or wrong."""


@dataclass(frozen=True)
class DocumentMeta:
    """The PDF's properties. `made` becomes its creation date: a moment of the data, never the present one."""

    title: str
    author: str
    subject: str
    made: datetime


@dataclass(frozen=True)
class Attachment:
    """A file that is embedded in the PDF."""

    name: str
    description: str
    content: bytes


@dataclass(frozen=True)
class RenderedPdf:
    """A finished PDF.

    `warnings` are WeasyPrint's, which are logged too; there should be none. `overflow_lines` is, for a document without
    an ending, the number of lines for which its first page has no room.
    """

    pdf: bytes
    pages: int
    warnings: tuple[str, ...] = ()
    overflow_lines: int = 0

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.pdf).hexdigest()


def installation_problems(*, with_fonts: bool = True) -> list[str]:
    """What keeps this machine from rendering documents, a sentence for each problem; empty when nothing does.

    A starting worker leaves the fonts out, because preparing them is one of its jobs.
    """
    found = []
    try:
        from weasyprint.text import ffi
    except (ImportError, OSError):
        return [
            _("缺少排版所需的系统库，请安装 libpango-1.0-0、libpangoft2-1.0-0 和 libharfbuzz-subset0。"),
        ]
    if ffi.harfbuzz_subset is None:
        found.append(_("缺少系统库 libharfbuzz-subset0，没有它排版要慢数倍，请先安装。"))
    try:
        if with_fonts and not prepared.fonts_ready():
            found.append(_("简报字体尚未准备，请先运行 manage.py prepare_fonts。"))
    except prepared.FontError as error:
        found.append(str(error))
    return found


def render_html(template: str, content: Mapping[str, Any]) -> SafeString:
    """The HTML of a printed document. Its template uses no tags but Django's own and those of i18n."""
    return _templates().get_template(template).render(Context(content))


@lru_cache(maxsize=1)
def _templates() -> Engine:
    """A template engine for printed documents alone. The site's engine imports the tags of every installed app, which
    takes a tenth of the time in which a new worker renders its first brief."""
    return Engine(dirs=[str(settings.BASE_DIR / "templates")], libraries={"i18n": "django.templatetags.i18n"})


def render_pdf(
    body: str,
    *,
    meta: DocumentMeta,
    sheets: tuple[str, ...],
    attachments: tuple[Attachment, ...] = (),
    ending: Callable[[int, bool], str] | None = None,
) -> RenderedPdf:
    """Render the HTML document `body` with style sheets of our static files, by their names.

    `ending(pages, apart)` returns the HTML of the ending of a document of so many pages. It is rendered on its own,
    because the document must end on an even page with its imprint at the foot of that page (see `pagination`). Raises
    TypesetError and fonts.FontError.
    """
    with _one_at_a_time, _no_garbage_collection(), _warnings() as warnings:
        problems = installation_problems()
        if problems:
            raise TypesetError(problems[0])
        content, pages, overflow_lines = _render_pdf(body, ending, sheets, attachments, meta)
    for line in warnings:
        if ".notdef" in line:
            raise TypesetError(_("有字符在所用字体中没有字形，排版已停止：%(detail)s") % {"detail": line})
        if "cannot be loaded" in line or "Unable to subset" in line:
            raise TypesetError(
                _("字体无法载入，请重新运行 manage.py prepare_fonts：%(detail)s") % {"detail": line}
            )
        log.warning("WeasyPrint: %s", line)
    return RenderedPdf(content, pages, tuple(warnings), overflow_lines)


def _render_pdf(
    body: str,
    ending: Callable[[int, bool], str] | None,
    sheets: tuple[str, ...],
    attachments: tuple[Attachment, ...],
    meta: DocumentMeta,
) -> tuple[bytes, int, int]:
    """The file, the number of its pages, and overflow_lines."""
    import weasyprint
    from weasyprint.urls import FatalURLFetchingError

    from . import pagination

    process = os.getpid()
    faces = _faces(process)
    sheet = [_sheet(process, *sheets)]
    try:
        document = _layout(body, faces, sheet)
        overflow_lines = pagination.overflow_lines(document.pages) if ending is None else 0
        if ending is not None:
            document = document.copy(
                pagination.with_ending(
                    document.pages, lambda pages, apart: _layout(ending(pages, apart), faces, sheet).pages
                )
            )
    except FatalURLFetchingError as error:
        raise TypesetError(_("简报不得引用外部文件：%(detail)s") % {"detail": error}) from error
    finally:
        installation.forget_document()
    made = timezone.localtime(meta.made, timezone.get_default_timezone())
    document.metadata.title = meta.title
    document.metadata.authors = [meta.author]
    document.metadata.description = meta.subject
    document.metadata.created = document.metadata.modified = made.isoformat(timespec="seconds")
    document.metadata.lang = "zh-CN"
    document.metadata.attachments = [
        weasyprint.Attachment(
            string=attached.content,
            name=attached.name,
            description=attached.description,
            created=made.astimezone(UTC),  # written with a Z, whatever zone it is in
            modified=made.astimezone(UTC),
            relationship="Data",
        )
        for attached in attachments
    ]
    return document.write_pdf(pdf_variant="pdf/ua-1"), len(document.pages), overflow_lines


# -- what a process keeps --------------------------------------------------------------------------------

_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class _Faces:
    """WeasyPrint's configuration of the prepared fonts, and the URL fetcher that reads them."""

    configuration: Any
    fetcher: Any


@atexit.register
def _forget() -> None:
    """Free WeasyPrint's font folder while the interpreter can still remove it."""
    _sheet.cache_clear()
    _faces.cache_clear()


@lru_cache(maxsize=1)
def _faces(process: int) -> _Faces:
    """The prepared fonts, read once. By process, because a forked child must not share its parent's fonts."""
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

    installation.install(speedups=not settings.PLAIN_WEASYPRINT)
    loaded = prepared.load()
    fetcher = _fetcher(tuple(face.path for face in loaded.faces))
    configuration = FontConfiguration()
    # The sheet itself has no rule for any element: it has told the configuration of the faces.
    CSS(string=_font_css(loaded), font_config=configuration, url_fetcher=fetcher)
    return _Faces(configuration, fetcher)


@lru_cache(maxsize=16)
def _sheet(process: int, *names: str) -> Any:
    """Style sheets of our static files, joined and parsed once: WeasyPrint matches every sheet with every element."""
    from weasyprint import CSS

    faces = _faces(process)
    loaded = prepared.load()
    content = "\n".join(_static(name) for name in names)
    # WeasyPrint would resolve a CSS variable anew for every style of a document.
    for role in prepared.ROLES:
        content = content.replace(f"var(--{role})", loaded.family(role))
    return CSS(string=content, font_config=faces.configuration, url_fetcher=faces.fetcher)


def _static(name: str) -> str:
    path = finders.find(name)
    if not path:
        raise TypesetError(_("找不到样式文件 %(name)s，安装不完整，请重新部署。") % {"name": name})
    return Path(path).read_text(encoding="utf-8")


def _font_css(loaded: prepared.Fonts) -> str:
    return "\n".join(
        f'@font-face {{ font-family: "{face.family}"; src: url("{face.path.as_uri()}"); }}'
        for face in loaded.faces
    )


def _fetcher(allowed: tuple[Path, ...]) -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnFilesOnly(URLFetcher):  # type: ignore[misc]
        """Reads our prepared fonts and refuses everything else: no network, no other file, whatever a text contains."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            parts = urlsplit(url)
            path = Path(unquote(parts.path))
            if parts.scheme != "file" or path not in allowed:
                raise ValueError(f"not one of our fonts: {url}")
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "font/ttf"})

    return OwnFilesOnly(allowed_protocols=["file"], fail_on_errors=True)


def _layout(html: str, faces: _Faces, styles: list[Any]) -> Any:
    return _page_source()(html, faces).render(
        font_config=faces.configuration, stylesheets=styles, pdf_variant="pdf/ua-1"
    )


# Characters that XML may not contain. `chinese_text` removes them from typed text; one that is left must not be an error.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _allow_breaks(root: ElementTree.Element) -> None:
    """Allow a line to end inside 79.7%（63/79）, before the bracket.

    By Unicode's rules a percentage and the bracket after it are one word, and the line before such a long word would be
    stretched wide. U+200B allows the break; no glyph is drawn for it, so that the text of the PDF does not contain it.
    The texts of charts are left as they are.
    """
    for element in root.iter():
        if element.text and "%（" in element.text and not element.tag.startswith("{"):
            element.text = element.text.replace("%（", "%\u200b（")
        if element.tail and "%（" in element.tail:
            element.tail = element.tail.replace("%（", "%\u200b（")


@lru_cache(maxsize=1)
def _page_source() -> Any:
    """The subclass of weasyprint.HTML for our documents. It is made when it is first needed: importing WeasyPrint takes
    half a second, which only a process that renders should spend."""
    import cssselect2
    from weasyprint import HTML

    class PageSource(HTML):  # type: ignore[misc]
        """Our documents are well-formed XML, so expat parses them instead of an HTML parser. typeset/base.css takes the
        place of the sheet for all of HTML: it has rules for the tags that our documents use."""

        def __init__(self, html: str, faces: _Faces) -> None:
            self.base_url = None
            self.url_fetcher = faces.fetcher
            self.media_type = "print"
            root = ElementTree.fromstring(_NOT_XML.sub("", html))  # noqa: S314  (our own templates)
            _allow_breaks(root)
            self.wrapper_element = cssselect2.ElementWrapper.from_html_root(root)
            self.etree_element = self.wrapper_element.etree_element

        def _ua_stylesheets(self, forms: bool = False) -> list[Any]:
            return [_sheet(os.getpid(), "typeset/base.css")]

    return PageSource


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Stop the garbage collector while a document is rendered: it would take a sixth of the time, because a render makes
    tens of thousands of boxes and frees them together.

    The youngest generation is collected at once afterwards: the boxes are still in it. Otherwise those of several
    documents would pile up before Python collects.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.collect(0)
            gc.enable()


class _Listener(logging.Handler):
    """Collects WeasyPrint's warnings."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@contextmanager
def _warnings() -> Iterator[list[str]]:
    logger = logging.getLogger("weasyprint")
    listener = _Listener()
    logger.addHandler(listener)
    try:
        yield listener.messages
    finally:
        logger.removeHandler(listener)
