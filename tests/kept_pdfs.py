"""PDFs that tests read back are set once and kept under `build/pdf-cache`: the same input gives the same bytes, which the
product promises and tests with `fresh_pdfs` hold.

The key is of everything that decides the bytes: what is set, the typesetter's code, the style sheets, the fonts, the locked
packages, Python and Pango. With `QHPLAN_FRESH=1`, as in `make test-all`, nothing is kept.
"""

import ctypes
import hashlib
import os
import pickle
import platform
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from reports.typeset import pdf_renderer

PLAIN = pdf_renderer.render_pdf
DAYS = 14  # what nobody asked for so long is removed


def kept() -> Callable[..., pdf_renderer.RenderedPdf]:
    """`pdf_renderer.render_pdf` that looks among the kept ones first."""
    folder = settings.BASE_DIR / "build" / "pdf-cache"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.stat().st_mtime < time.time() - DAYS * 86400:
            old.unlink(missing_ok=True)

    def pdf(body: str, **options: Any) -> pdf_renderer.RenderedPdf:
        path = folder / _key(body, **options)
        if path.exists():
            os.utime(path)
            found: pdf_renderer.RenderedPdf = pickle.loads(path.read_bytes())
            return found
        done = PLAIN(body, **options)
        making = path.with_suffix(f".{os.getpid()}")
        making.write_bytes(pickle.dumps(done))
        making.rename(path)
        return done

    return pdf


def _key(body: str, *, ending: Callable[[int, bool], str] | None = None, **options: Any) -> str:
    # What closes a document depends on its pages, which nobody knows before: some answers stand for all.
    closing = [ending(pages, apart) for pages in (1, 2, 3) for apart in (False, True)] if ending else None
    found = hashlib.sha256(repr((_around(), body, closing, sorted(options.items()))).encode())
    return found.hexdigest()


@cache
def _around() -> str:
    """A hash of what decides the bytes beside the document itself."""
    base = settings.BASE_DIR
    files = [*(base / "reports" / "typeset").glob("**/*.py"), base / "requirements" / "dev.txt"]
    files += [path for root in (base / "reports", base / "qhplan") for path in root.glob("static/**/*.css")]
    found = hashlib.sha256(f"{platform.python_version()} {_pango()} {_fonts()}".encode())
    for path in sorted(files):
        found.update(f"\n{path.relative_to(base)}\n".encode() + path.read_bytes())
    return found.hexdigest()


def _pango() -> str:
    try:
        return str(ctypes.CDLL("libpango-1.0.so.0").pango_version())
    except OSError:
        return ""


def _fonts() -> list[str]:
    """The prepared fonts, which are named by a hash of what they hold, and which of them are chosen."""
    chosen = [f"{name}={value}" for name, value in os.environ.items() if name.startswith("QHPLAN_FONT")]
    return sorted([*chosen, *(path.name for path in Path(settings.FONT_CACHE_DIR).glob("*.ttf"))])
