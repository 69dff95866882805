"""A name is for reading."""

import pytest
from django.test import RequestFactory

from tasks.files.names import LIMIT, clean_name


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("佐证.pdf", "佐证.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        (r"C:\用户\桌面\佐证.pdf", "佐证.pdf"),
        ("佐证\u202efdp.exe", "佐证fdp.exe"),  # shown as 佐证exe.pdf where the mark is obeyed
        ("佐\u200b证\x00\r\n.pdf", "佐证.pdf"),
        ("  佐证   材料 .pdf. ", "佐证 材料.pdf"),
        ("é.pdf", "é.pdf"),
        ('<b>"x".pdf', '<b>"x".pdf'),
        ("", "文件"),
        ("..", "文件"),
        ("/", "文件"),
        ("\u202e.pdf", "pdf"),
        ("张\U00031350三佐证.pdf", "张\U00031350三佐证.pdf"),
        ("张\ue5e5三佐证.pdf", "张\ue5e5三佐证.pdf"),
        ("\U00031350\ue5e5.pdf", "\U00031350\ue5e5.pdf"),
        ("ᠮᠣᠩᠭᠣᠯ\u202fᠤᠨ ནོར་བུ.pdf", "ᠮᠣᠩᠭᠣᠯ ᠤᠨ ནོར་བུ.pdf"),
    ],
)
def test_a_name_loses_what_is_no_name(typed: str, shown: str) -> None:
    assert clean_name(typed) == shown


def test_a_long_name_keeps_its_ending() -> None:
    shown = clean_name("很" * 300 + ".pdf")
    assert (len(shown.encode()), shown[-5:]) == (LIMIT - 2, "很.pdf")
    assert clean_name(shown) == shown


@pytest.mark.parametrize("character", ["很", "𱍐", "a", "é", "葛\U000e0100", "👨\u200d👩"])
def test_a_long_name_fits_a_file_system_and_keeps_its_characters_whole(character: str) -> None:
    shown = clean_name(character * 300 + ".tar.pdf")
    stem = shown.removesuffix(".pdf")
    assert len(shown.encode()) <= LIMIT < len((stem + character + character + ".pdf").encode())
    assert stem in (character * 300)
    assert not stem.endswith("\u200d")


def test_an_uploaded_name_keeps_private_and_newest_characters() -> None:
    body = '--b\r\nContent-Disposition: form-data; name="f"; filename="\U00031350\ue5e5.pdf"\r\n\r\nx\r\n--b--\r\n'
    request = RequestFactory().post("/", body.encode(), content_type="multipart/form-data; boundary=b")
    assert request.FILES["f"].name == "\U00031350\ue5e5.pdf"
