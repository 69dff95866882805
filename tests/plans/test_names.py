"""Names out of passages."""

import pytest

from tasks.plans.names import clean, flatten


@pytest.mark.parametrize(
    ("quoted", "name"),
    [
        ("创新､协调,绿色｡", "创新、协调，绿色。"),
        ("废弃物\n\n综合利用", "废弃物综合利用"),
        ("关于印发中国制造2025\n青海行动方案", "关于印发中国制造2025青海行动方案"),
        ("工程(技术)研究中心:甲;乙", "工程（技术）研究中心：甲；乙"),
        ("2023 年6 月", "2023年6月"),
        ("Made in\nChina", "Made in China"),
        ("20\n16年", "2016年"),
        ("产值1,000亿元,增长", "产值1,000亿元，增长"),
        ("青海省\u2002\u3000人民政府\u2002", "青海省人民政府"),
        ("青政〔2016〕48号", "青政〔2016〕48号"),
    ],
)
def test_clean(quoted: str, name: str) -> None:
    assert clean(quoted) == name


def test_flatten_says_where_each_character_stood() -> None:
    flat, offsets = flatten("甲\n\n乙､A B")
    assert (flat, offsets) == ("甲乙、A B", [0, 3, 4, 5, 6, 7])
