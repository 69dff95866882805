"""Files as people send them, made here: small, and right where somebody looks."""

import io
import struct
import zipfile
from collections.abc import Mapping

import openpyxl

CONTENT_TYPES = "[Content_Types].xml"
WORD_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
# In two pieces, so that no scanner finds this file itself.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def pdf(text: str = "") -> bytes:
    return b"%PDF-1.7\n" + text.encode() + b"\n%%EOF\n"


JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(64)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(4) + b"\rIHDR" + bytes(64)
TIFF = b"II*\x00\x08\x00\x00\x00" + bytes(64)
EXE = b"MZ\x90\x00\x03\x00\x00\x00" + bytes(256)


def archive(parts: Mapping[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def content_types(*media: str) -> str:
    items = "".join(f'<Override PartName="/p{n}" ContentType="{item}"/>' for n, item in enumerate(media))
    return f'<?xml version="1.0" encoding="UTF-8"?><Types>{items}</Types>'


def docx(*media: str, main: str = WORD_MAIN, **parts: bytes | str) -> bytes:
    """A Word document; `media` are more content types, `parts` more parts."""
    return archive({CONTENT_TYPES: content_types(main, *media), "word/document.xml": "<w/>", **parts})


def xlsx() -> bytes:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    return out.getvalue()


def ofd(space: str = "http://www.ofdspec.org/2016") -> bytes:
    root = f'<?xml version="1.0"?><ofd:OFD xmlns:ofd="{space}" Version="1.1"/>'
    return archive({"OFD.xml": root, "Doc_0/Document.xml": "<d/>"})


# -- OLE, the container of the old formats ------------------------------------------------------------------

_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_STORAGE, _STREAM, _ROOT = 1, 2, 5


def ole(streams: Mapping[str, bytes]) -> bytes:
    """A compound file with these streams (`Macros/VBA` stands in the storage Macros); each is padded to 4,096 bytes,
    below which the format keeps streams elsewhere."""
    tree: list[tuple[str, int, bytes, list[int]]] = [("Root Entry", _ROOT, b"", [])]
    for path, data in streams.items():
        parent = 0
        *folders, name = path.split("/")
        for folder in folders:
            known = [n for n in tree[parent][3] if tree[n][0] == folder]
            if not known:
                tree.append((folder, _STORAGE, b"", []))
                tree[parent][3].append(len(tree) - 1)
                known = [len(tree) - 1]
            parent = known[0]
        tree.append((name, _STREAM, data.ljust(4096, b"\0"), []))
        tree[parent][3].append(len(tree) - 1)

    fat: list[int] = []
    body = b""

    def place(data: bytes) -> int:
        nonlocal body
        first = len(fat)
        count = -(-len(data) // 512)
        fat.extend([*range(first + 1, first + count), _END])
        body += data.ljust(count * 512, b"\0")
        return first

    starts = {number: place(item[2]) for number, item in enumerate(tree) if item[1] == _STREAM}
    siblings = {
        child: (*below, _FREE)[n + 1] for item in tree for below in [item[3]] for n, child in enumerate(below)
    }
    entries = b""
    for number, (name, kind, data, below) in enumerate(tree):
        text = name.encode("utf-16-le") + b"\0\0"
        entries += text.ljust(64, b"\0") + struct.pack(
            "<HBBIII16xI16xIQ",
            len(text),
            kind,
            1,
            _FREE,
            siblings.get(number, _FREE),
            below[0] if below else _FREE,
            0,
            starts.get(number, _END),
            len(data),
        )
    directory = place(entries.ljust(-(-len(entries) // 512) * 512, b"\0"))
    fat.append(_FAT)
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(512, b"\xff")
    assert len(table) == 512
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + struct.pack(
        "<16xHHHHH6xIIIIIIIIII",
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        0,
        1,
        directory,
        0,
        4096,
        _END,
        0,
        _END,
        0,
        len(fat) - 1,
    )
    return header.ljust(512, b"\xff") + body + table


def doc(*, encrypted: bool = False, **more: bytes) -> bytes:
    flags = 0x0100 if encrypted else 0
    return ole({"WordDocument": b"\xec\xa5\xc1\x00" + bytes(6) + struct.pack("<H", flags), **more})


def xls(*records: tuple[int, bytes], **more: bytes) -> bytes:
    """A workbook with these records between its beginning and its end."""
    book = b"".join(
        struct.pack("<HH", kind, len(body)) + body
        for kind, body in ((0x809, bytes(16)), *records, (0x0A, b""))
    )
    return ole({"Workbook": book, **more})


SHEET = (0x85, bytes(4) + b"\x00\x00\x03\x00abc")
MACRO_SHEET = (0x85, bytes(4) + b"\x01\x01\x03\x00abc")
PASSWORD = (0x2F, bytes(54))
