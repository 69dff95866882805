"""A name is for reading."""

import pytest

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
    ],
)
def test_a_name_loses_what_is_no_name(typed: str, shown: str) -> None:
    assert clean_name(typed) == shown


def test_a_long_name_keeps_its_ending() -> None:
    shown = clean_name("很" * 300 + ".pdf")
    assert (len(shown), shown[-5:]) == (LIMIT, "很.pdf")
    assert clean_name(shown) == shown
