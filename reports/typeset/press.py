"""From HTML to PDF: fonts, page and bytes. Nothing here knows what a document says.

The same HTML, fonts and release give the same bytes: dates come from the data, nothing is fetched but our own files,
and nothing is embedded but our own fonts. One process keeps one font configuration and one parsed style sheet (a
fresh one per document would leak about 2 MB each and cost 4 ms a page), so only one document is set at a time.
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
from django.utils.translation import gettext as _

from reports.typeset import fonts as prepared

log = logging.getLogger(__name__)


class TypesetError(Exception):
    """The document cannot be set; the message says in one sentence what is missing or wrong."""


@dataclass(frozen=True)
class DocumentMeta:
    """What stands in the PDF's properties. `made` is a moment of the data, never the present one."""

    title: str
    author: str
    subject: str
    made: datetime


@dataclass(frozen=True)
class Attached:
    """A file that travels inside the PDF."""

    name: str
    description: str
    content: bytes


@dataclass(frozen=True)
class Typeset:
    """A finished PDF. `warnings` are the typesetter's, for the log; there should be none. `beyond`: of a document that
    nothing closes, the lines for which one page has no room."""

    pdf: bytes
    pages: int
    warnings: tuple[str, ...] = ()
    beyond: int = 0

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.pdf).hexdigest()


def faults(*, with_fonts: bool = True) -> list[str]:
    """What keeps this machine from making briefs, a sentence each; empty when all is well.

    A worker that starts leaves the fonts out: preparing them is a job, which it is there to do.
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


def markup(template: str, content: Mapping[str, Any]) -> str:
    """The HTML of a printed document, of a template that uses no tags but Django's own and those of i18n."""
    return _templates().get_template(template).render(Context(content))


@lru_cache(maxsize=1)
def _templates() -> Engine:
    """An engine for print alone. The site's knows the tags of every installed app, and a new worker would import all
    of those first: a tenth of the time in which it makes its first brief."""
    return Engine(dirs=[str(settings.BASE_DIR / "templates")], libraries={"i18n": "django.templatetags.i18n"})


def pdf(
    body: str,
    *,
    meta: DocumentMeta,
    sheets: tuple[str, ...],
    attachments: tuple[Attached, ...] = (),
    back: Callable[[int, bool], str] | None = None,
) -> Typeset:
    """Set `body` by style sheets of our static files, and attach what goes with it.

    `back(pages, apart)` gives the HTML of what closes so many pages; it is set on its own, since the document must end
    on an even page with its `foot` at the foot of that page (see `closing`).
    """
    with _one_at_a_time, _no_garbage_collection(), _warnings() as said:
        wrong = faults()
        if wrong:
            raise TypesetError(wrong[0])
        content, pages, beyond = _set(body, back, sheets, attachments, meta)
    for line in said:
        if ".notdef" in line:
            raise TypesetError(_("有字符在所用字体中没有字形，排版已停止：%(detail)s") % {"detail": line})
        if "cannot be loaded" in line or "Unable to subset" in line:
            raise TypesetError(
                _("字体无法载入，请重新运行 manage.py prepare_fonts：%(detail)s") % {"detail": line}
            )
        log.warning("WeasyPrint: %s", line)
    return Typeset(content, pages, tuple(said), beyond)


def _set(
    body: str,
    back: Callable[[int, bool], str] | None,
    sheets: tuple[str, ...],
    attachments: tuple[Attached, ...],
    meta: DocumentMeta,
) -> tuple[bytes, int, int]:
    import weasyprint
    from weasyprint.urls import FatalURLFetchingError

    from reports.typeset import closing, shaping, styles

    process = os.getpid()
    faces = _faces(process)
    sheet = [_sheet(process, *sheets)]
    styles.tidy(faces.configuration)
    try:
        document = _render(body, faces, sheet)
        beyond = closing.lines_beyond_one_page(document.pages) if back is None else 0
        if back is not None:
            document = document.copy(
                closing.closed(
                    document.pages, lambda pages, apart: _render(back(pages, apart), faces, sheet).pages
                )
            )
    except FatalURLFetchingError as error:
        raise TypesetError(_("简报不得引用外部文件：%(detail)s") % {"detail": error}) from error
    finally:
        shaping.forget()  # each line of the document has its own by now
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
    return document.write_pdf(pdf_variant="pdf/ua-1"), len(document.pages), beyond


# -- one process's typesetter --------------------------------------------------------------------------------

_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class _Faces:
    """The prepared fonts as WeasyPrint knows them, and what fetches them."""

    configuration: Any
    fetcher: Any


@atexit.register
def _forget() -> None:
    """Let go of WeasyPrint's font folder while there still is an interpreter to remove it."""
    _sheet.cache_clear()
    _faces.cache_clear()


@lru_cache(maxsize=1)
def _faces(process: int) -> _Faces:
    """Read once. By process, because a forked child must not share its parent's fonts."""
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

    from reports.typeset import boxes, ink, lines, shaping, styles, tags

    shaping.install()
    lines.install()
    ink.install()
    boxes.install()
    styles.install()
    tags.install()
    loaded = prepared.load()
    fetcher = _fetcher(tuple(face.path for face in loaded.faces))
    configuration = FontConfiguration()
    # The sheet itself has no rule for any element: it has told the configuration of the faces.
    CSS(string=_font_css(loaded), font_config=configuration, url_fetcher=fetcher)
    return _Faces(configuration, fetcher)


@lru_cache(maxsize=16)
def _sheet(process: int, *names: str) -> Any:
    """Style sheets of our static files as one, parsed once: every sheet is asked about every element."""
    from weasyprint import CSS

    faces = _faces(process)
    loaded = prepared.load()
    content = "\n".join(_static(name) for name in names)
    # A variable would be looked up anew for every style of a document.
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
        """Our prepared fonts and nothing else: no network, no other file, whatever a text may contain."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            parts = urlsplit(url)
            path = Path(unquote(parts.path))
            if parts.scheme != "file" or path not in allowed:
                raise ValueError(f"not ours: {url}")
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "font/ttf"})

    return OwnFilesOnly(allowed_protocols=["file"], fail_on_errors=True)


def _render(html: str, faces: _Faces, styles: list[Any]) -> Any:
    return _page_source()(html, faces).render(
        font_config=faces.configuration, stylesheets=styles, pdf_variant="pdf/ua-1"
    )


# What no XML may contain. Typed text has lost it before it comes here; what slipped through must not stop the press.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _allow_breaks(root: ElementTree.Element) -> None:
    """Let a line end within 79.7%（63/79）: as Unicode has it, a percentage and the bracket behind it are one word, and
    the line before such a long one is spread wide. What allows it, U+200B, is drawn by no glyph, so that the text of
    the PDF has none; a chart's own words are left alone."""
    for element in root.iter():
        if element.text and "%（" in element.text and not element.tag.startswith("{"):
            element.text = element.text.replace("%（", "%\u200b（")
        if element.tail and "%（" in element.tail:
            element.tail = element.tail.replace("%（", "%\u200b（")


@lru_cache(maxsize=1)
def _page_source() -> Any:
    """WeasyPrint's HTML for documents of ours. The class is made when it is first needed: to import WeasyPrint takes
    half a second, which only those should wait for who set something."""
    import cssselect2
    from weasyprint import HTML

    class Root(cssselect2.ElementWrapper):  # type: ignore[misc]
        """A document that is asked for its style sheets and what is said of it, and has all of that in its head."""

        def query_all(self, *selectors: str) -> Iterator[Any]:
            for child in self.iter_children():
                if child.local_name == "head":
                    yield from super(Root, child).query_all(*selectors)

    class PageSource(HTML):  # type: ignore[misc]
        """Well-formed by construction, so it is read by expat and not by a parser of whatever HTML there is; and of
        the tags that our documents use, so typeset/base.css says what they mean."""

        def __init__(self, html: str, faces: _Faces) -> None:
            self.base_url = None
            self.url_fetcher = faces.fetcher
            self.media_type = "print"
            root = ElementTree.fromstring(_NOT_XML.sub("", html))  # noqa: S314  (our own templates)
            _allow_breaks(root)
            self.wrapper_element = Root.from_html_root(root)
            self.etree_element = self.wrapper_element.etree_element

        def _ua_stylesheets(self, forms: bool = False) -> list[Any]:
            return [_sheet(os.getpid(), "typeset/base.css")]

    return PageSource


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """A render makes boxes by the ten thousand and throws them away together: collecting meanwhile costs a sixth.

    Afterwards what it made is still the youngest generation, which is soon swept; left alone, several documents' boxes
    would pile up before Python looks.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.collect(0)
            gc.enable()


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@contextmanager
def _warnings() -> Iterator[list[str]]:
    logger = logging.getLogger("weasyprint")
    listener = _Listener()
    logger.addHandler(listener)
    try:
        yield listener.said
    finally:
        logger.removeHandler(listener)
