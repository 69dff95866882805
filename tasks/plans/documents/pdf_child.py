"""The program that opens a PDF: reads it from standard input and writes its lines to standard output, as JSON.

It is a process of its own (`pdf.py` starts it), because PDFium is a large C++ library and the file comes from anybody:
its memory and time are limited here, and a crash ends no web process. It imports nothing of the project.

A PDF need not carry the usual Chinese fonts. Where PDFium finds none in their place, it takes a text of one character for
empty and drops it; so it is given ours.

Output: {"error": "password" | "damaged" | "pages" | "text"} or {"pages": [{"width", "height", "picture", "lines"}]}; a
line is a list of runs [text, size, left, right, bottom, top], from left to right. Lengths are points, y grows upwards.
"""

import ctypes
import json
import math
import os
import resource
import sys
from collections import Counter
from contextlib import suppress
from typing import Any

import pylopdf_fonts_zh_cn
import pypdfium2
import pypdfium2.raw as pdfium

MEMORY = 1536 * 1024 * 1024
CELL_GAP = 1.6  # a gap of so many characters begins another run
_TURNED = 5  # degrees from the page's own direction: a watermark


def main(max_pages: int, max_characters: int, seconds: int) -> dict[str, Any]:
    """The pages of the PDF on standard input."""
    for limit, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, seconds)):
        with suppress(ValueError, OSError):  # macOS knows no limit of memory
            resource.setrlimit(limit, (most, most))
    use_fonts()
    try:
        document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
        count = len(document)
    except pypdfium2.PdfiumError as error:
        return {"error": "password" if error.err_code == pdfium.FPDF_ERR_PASSWORD else "damaged"}
    if count > max_pages:
        return {"error": "pages"}
    pages: list[dict[str, Any]] = []
    left = max_characters
    for number in range(count):
        try:
            page = document[number]
            text = page.get_textpage()
        except pypdfium2.PdfiumError:
            return {"error": "damaged"}
        left -= text.count_chars()
        if left < 0:
            return {"error": "text"}
        lines, width, height = read_page(page, text)
        picture = not lines and any(
            True for _ in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3)
        )
        pages.append({"width": width, "height": height, "picture": picture, "lines": lines})
        text.close()
        page.close()
    return {"pages": pages}


def use_fonts() -> None:
    """Starts PDFium anew with the fonts that every installation has."""
    folder = ctypes.create_string_buffer(os.path.dirname(pylopdf_fonts_zh_cn.__file__).encode())
    folders = (ctypes.POINTER(ctypes.c_char) * 2)()  # ends with a null pointer
    folders[0] = ctypes.cast(folder, ctypes.POINTER(ctypes.c_char))
    pdfium.FPDF_DestroyLibrary()
    pdfium.FPDF_InitLibraryWithConfig(pdfium.FPDF_LIBRARY_CONFIG(version=2, m_pUserFontPaths=folders))


Character = tuple[str, float, float, float, float, float]  # text, size, left, right, bottom, top


def read_page(page: Any, text: Any) -> tuple[list[list[list[Any]]], float, float]:
    """The lines of a page from top to bottom, with its width and height in the direction of the text."""
    characters = [c for c in (character(text, index) for index in range(text.count_chars())) if c]
    width, height = page.get_size()
    if page.get_rotation() in (90, 270):  # the size is of the turned page, the places are not
        width, height = height, width
    if not characters:
        return [], width, height
    turn = Counter(angle for angle, _character in characters).most_common(1)[0][0]
    upright = [
        turned(c, turn, width, height)
        for angle, c in characters
        if abs((angle - turn + 180) % 360 - 180) <= _TURNED
    ]
    if turn in (90, 270):
        width, height = height, width
    return lines(upright), width, height


def character(text: Any, index: int) -> tuple[int, Character] | None:
    """(angle in degrees, character); None for line ends and spaces that PDFium makes up."""
    code = pdfium.FPDFText_GetUnicode(text, index)
    if code in (0, 0x0A, 0x0D) or pdfium.FPDFText_IsGenerated(text, index) == 1:
        return None
    box = pdfium.FS_RECTF()
    if not pdfium.FPDFText_GetLooseCharBox(text, index, box):
        return None
    angle = round(math.degrees(pdfium.FPDFText_GetCharAngle(text, index))) % 360
    size = pdfium.FPDFText_GetFontSize(text, index)
    matrix = pdfium.FS_MATRIX()
    if pdfium.FPDFText_GetMatrix(text, index, matrix):
        size *= math.hypot(matrix.c, matrix.d)
    # PDFium gives a hyphen at the end of a line as a control character.
    sign = "-" if code == 2 else chr(code)
    return angle, (sign, size, box.left, box.right, box.bottom, box.top)


def turned(c: Character, angle: int, width: float, height: float) -> Character:
    """The character's place on the page as it is read."""
    sign, size, left, right, bottom, top = c
    if angle == 90:
        return sign, size, bottom, top, width - right, width - left
    if angle == 270:
        return sign, size, height - top, height - bottom, left, right
    if angle == 180:
        return sign, size, width - right, width - left, height - top, height - bottom
    return c


def lines(characters: list[Character]) -> list[list[list[Any]]]:
    """Groups characters by their height on the page into lines, and lines into runs of one size without wide gaps."""
    rows: list[list[Character]] = []
    for c in sorted(characters, key=lambda c: -(c[4] + c[5])):
        middle = (c[4] + c[5]) / 2
        # A superscript stands beside the characters of its line and overlaps them.
        if rows and any(low <= middle <= high or inside(c, low, high) for low, high in [extent(rows[-1])]):
            rows[-1].append(c)
        else:
            rows.append([c])
    return [runs(sorted(row, key=lambda c: c[2])) for row in rows]


def extent(row: list[Character]) -> tuple[float, float]:
    """The heights between which the middle of a further character of the line is."""
    first = row[0]
    height = first[5] - first[4]
    return first[4] + height * 0.25, first[5] - height * 0.25


def inside(c: Character, low: float, high: float) -> bool:
    return c[4] <= (low + high) / 2 <= c[5]


def runs(row: list[Character]) -> list[list[Any]]:
    found: list[list[Any]] = []
    for sign, size, left, right, bottom, top in row:
        last = found[-1] if found else None
        gap = left - last[3] if last else 0.0
        if last and abs(size - last[1]) <= 0.1 * last[1] and gap <= CELL_GAP * size:
            latin = sign.isascii() and sign.isalnum() and last[0][-1].isascii() and last[0][-1].isalnum()
            last[0] += f" {sign}" if latin and gap > 0.2 * size else sign
            last[3], last[4], last[5] = max(right, last[3]), min(bottom, last[4]), max(top, last[5])
        else:
            found.append([sign, round(size, 1), left, right, bottom, top])
    return found


if __name__ == "__main__":
    json.dump(main(*map(int, sys.argv[1:4])), sys.stdout)
