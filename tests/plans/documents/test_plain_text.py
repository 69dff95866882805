"""Text files in the encodings that Chinese offices save."""

import pytest

from tasks.errors import Problems
from tasks.plans.documents.extraction import extract
from tests.plans.texts import TEXT

BOM = "\ufeff"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", ["", BOM])
def test_every_encoding_gives_the_same_text(encoding: str, mark: str) -> None:
    document = extract("方案.txt", (mark + TEXT).encode(encoding))
    assert document.text == TEXT
    at = TEXT.index("一､指导思想")
    assert str(document.place(at)) == f"第 {TEXT.count(chr(10), 0, at) + 1} 行"


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16-le", "utf-16-be"])
def test_one_line_of_chinese_alone(encoding: str) -> None:
    text = "各市州人民政府要加强组织领导，确保各项任务落到实处。"
    assert extract("方案.txt", text.encode(encoding)).text == text


@pytest.mark.parametrize(
    "content", [TEXT.encode()[:5000] + b"\xff\xfe\xfd", "國發".encode("big5") * 200, bytes(range(256)) * 9]
)
def test_bytes_that_are_no_chinese_text(content: bytes) -> None:
    with pytest.raises(Problems, match="认不出文件的文字编码"):
        extract("方案.txt", content)
