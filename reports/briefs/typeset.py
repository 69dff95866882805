"""From HTML to PDF: fonts, page and bytes. Nothing here knows what a brief says.

The same HTML, fonts and release give the same bytes: dates come from the data, nothing is fetched but our own files,
and nothing is embedded but our own fonts. One process keeps one font configuration and one parsed style sheet (a
fresh one per document would leak about 2 MB each and cost 4 ms a page), so only one document is set at a time.
"""

import atexit
import gc
import hashlib
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.contrib.staticfiles import finders
from django.utils import timezone
from django.utils.translation import gettext as _

from . import fonts as brief_fonts

log = logging.getLogger(__name__)

FIGURES_NAME = "figures.json"


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
class Typeset:
    """A finished PDF. `warnings` are the typesetter's, for the log; there should be none."""

    pdf: bytes
    pages: int
    warnings: tuple[str, ...] = ()

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
        if with_fonts and not brief_fonts.fonts_ready():
            found.append(_("简报字体尚未准备，请先运行 manage.py prepare_fonts。"))
    except brief_fonts.FontError as error:
        found.append(str(error))
    return found


def pdf(
    body: str, *, figures_json: bytes, meta: DocumentMeta, back: Callable[[int], str] | None = None
) -> Typeset:
    """Set `body` and attach the figures.

    `back(pages)` gives the HTML of what follows after so many pages; it is set on its own, so that it can depend on
    the number of pages, such as closing pages which must end on an even one.
    """
    wrong = faults()
    if wrong:
        raise TypesetError(wrong[0])
    with _one_at_a_time, _no_garbage_collection(), _warnings() as said:
        content, pages = _set(body, back, figures_json, meta)
    for line in said:
        if ".notdef" in line:
            raise TypesetError(_("有字符在所用字体中没有字形，排版已停止：%(detail)s") % {"detail": line})
        if "cannot be loaded" in line:
            raise TypesetError(
                _("字体无法载入，请重新运行 manage.py prepare_fonts：%(detail)s") % {"detail": line}
            )
        log.warning("WeasyPrint: %s", line)
    return Typeset(content, pages, tuple(said))


def _set(
    body: str, back: Callable[[int], str] | None, figures_json: bytes, meta: DocumentMeta
) -> tuple[bytes, int]:
    import weasyprint
    from weasyprint.urls import FatalURLFetchingError

    setting = _setting(os.getpid())
    try:
        document = _render(body, setting)
        if back is not None:
            closing = _render(back(len(document.pages)), setting)
            document = document.copy([*document.pages, *closing.pages])
    except FatalURLFetchingError as error:
        raise TypesetError(_("简报不得引用外部文件：%(detail)s") % {"detail": error}) from error
    made = timezone.localtime(meta.made, timezone.get_default_timezone())
    document.metadata.title = meta.title
    document.metadata.authors = [meta.author]
    document.metadata.description = meta.subject
    document.metadata.created = document.metadata.modified = made.isoformat(timespec="seconds")
    document.metadata.lang = "zh-CN"
    document.metadata.attachments = [
        weasyprint.Attachment(
            string=figures_json,
            name=FIGURES_NAME,
            description=_("本期简报的全部数据"),
            created=made.astimezone(UTC),  # written with a Z, whatever zone it is in
            modified=made.astimezone(UTC),
            relationship="Data",
        )
    ]
    return document.write_pdf(pdf_variant="pdf/ua-1"), len(document.pages)


# -- one process's typesetter --------------------------------------------------------------------------------

_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class _Setting:
    fonts: Any
    sheet: Any
    fetcher: Any


@atexit.register
def _forget() -> None:
    """Let go of WeasyPrint's font folder while there still is an interpreter to remove it."""
    _setting.cache_clear()


@lru_cache(maxsize=1)
def _setting(process: int) -> _Setting:
    """Fonts and style sheet, read once. By process, because a forked child must not share its parent's fonts."""
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

    from . import justify

    justify.install()
    loaded = brief_fonts.load()
    style = finders.find("briefs/brief.css")
    if not style:
        raise TypesetError(_("找不到样式文件 briefs/brief.css，安装不完整，请重新部署。"))
    fetcher = _fetcher(tuple(face.path for face in loaded.faces))
    configuration = FontConfiguration()
    sheet = CSS(
        string=_font_css(loaded) + Path(style).read_text(encoding="utf-8"),
        font_config=configuration,
        url_fetcher=fetcher,
    )
    return _Setting(configuration, sheet, fetcher)


def _font_css(loaded: brief_fonts.Fonts) -> str:
    """The faces, and for every role a variable which brief.css uses."""
    faces = [
        f'@font-face {{ font-family: "{face.family}"; src: url("{face.path.as_uri()}"); }}'
        for face in loaded.faces
    ]
    roles = [f"--{role}: {loaded.family(role)};" for role in brief_fonts.ROLES]
    return "\n".join([*faces, f":root {{ {' '.join(roles)} }}\n"])


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


def _render(html: str, setting: _Setting) -> Any:
    from weasyprint import HTML

    return HTML(string=html, url_fetcher=setting.fetcher, media_type="print").render(
        font_config=setting.fonts, stylesheets=[setting.sheet], pdf_variant="pdf/ua-1"
    )


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
