"""Joins finished PDFs into one file for a printer.

PDFium does it: it reads plans already, is one wheel and fast. pypdf takes many times longer, and pikepdf is another
library of native code for this one use. What is joined is for paper alone: signatures and embedded figures stay with the
single documents.
"""

import io
import threading
from collections.abc import Iterable
from dataclasses import dataclass

# PDFium is not safe for threads.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class PrintFile:
    """The joined PDF, and how many pages it has with the blank ones."""

    pdf: bytes
    pages: int


def joined(documents: Iterable[bytes]) -> PrintFile:
    """The documents in their order, for printing on both sides: each begins on a right page, after a blank one where the
    document before has an odd number of pages."""
    import pypdfium2

    with _one_at_a_time:
        whole = pypdfium2.PdfDocument.new()
        try:
            for content in documents:
                if len(whole) % 2:
                    whole.new_page(*whole.get_page_size(len(whole) - 1))
                document = pypdfium2.PdfDocument(content)
                try:
                    whole.import_pages(document)
                finally:
                    document.close()
            out = io.BytesIO()
            whole.save(out)
            return PrintFile(out.getvalue(), len(whole))
        finally:
            whole.close()
