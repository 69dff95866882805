"""Text as it is printed."""

import pytest

from reports.typeset import chinese_text

LATIN_AND_CHINESE = frozenset(
    (*range(0x20, 0x7F), 0xB7, *range(0x2014, 0x2027), *range(0x3000, 0xA000), *range(0xFF00, 0xFF65))
)


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("各市､自治州人民政府,省政府各委､办｡", "各市、自治州人民政府，省政府各委、办。"),
        ("三(一)1", "三（一）1"),
        ("产能2,400吨", "产能2,400吨"),
        ("首台(套)", "首台（套）"),
        ("LED(1) chips", "LED(1) chips"),
        ("工程(PVC)建设", "工程（PVC）建设"),
        ("18:00前", "18:00前"),
        ("问题:资金;土地!", "问题：资金；土地！"),
        ("A, B", "A, B"),
        ("｢四基｣", "「四基」"),
        ("", ""),
    ],
)
def test_widen(source: str, printed: str) -> None:
    assert chinese_text.widen(source) == printed


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("完成\u202e度进\u202c", "完成度进"),  # marks that turn the reading direction
        ("零\u200b宽\ufeff字\u00ad符", "零宽字符"),
        ("表情😀👍🏽完成", "表情〓完成"),  # several in a row are one stand-in
        ("家庭👨\u200d👩\u200d👧。", "家庭〓。"),
        ("控制\x00\x07符", "控制符"),
        ("私用\ue123区", "私用〓区"),
        ("两行\r\n文字", "两行。文字"),
        (
            "一、重点工作\n建成平台3个\n\n二、困难：\n缺1.2亿元。",
            "一、重点工作。建成平台3个。二、困难。缺1.2亿元。",
        ),
        ("English  words", "English words"),
        ("张三 李四　王五 Word 字", "张三 李四 王五 Word 字"),
        ("标点 ， 之后 。 （ 括号 ）", "标点，之后。（括号）"),
    ],
)
def test_clean(source: str, printed: str) -> None:
    assert chinese_text.clean(source, LATIN_AND_CHINESE) == printed


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("完成", "完成。"),
        ("完成。", "完成。"),
        ("完成；", "完成。"),
        ("“完成。”", "“完成。”"),
        ("  ", ""),
        ("", ""),
    ],
)
def test_sentence(source: str, printed: str) -> None:
    assert chinese_text.sentence(source) == printed


@pytest.mark.parametrize(
    ("number", "printed"), [(1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (45, "四十五")]
)
def test_numeral(number: int, printed: str) -> None:
    assert chinese_text.numeral(number) == printed


def test_numeral_out_of_range() -> None:
    with pytest.raises(ValueError, match="100"):
        chinese_text.numeral(100)
