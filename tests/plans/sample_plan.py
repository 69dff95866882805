"""A small plan of our own invention, for tests that upload, correct and load one. All names are invented."""

from functools import cache
from typing import Any

from tasks.plans.editing.anchors import anchor
from tasks.plans.editing.application import apply
from tasks.plans.editing.values import Edited
from tasks.plans.reading.reader import read
from tasks.plans.structure import Structure

TEXT = """示例省盐湖产业提质行动方案（2017—2020年）
示例政〔2017〕1号
示例省人民政府
2017年1月5日
为提升盐湖产业，制定本方案。
一、工作目标
到2020年，盐湖资源综合利用率达到75%以上，新增省级创新平台6个。
二、重点任务
（一）提升资源利用水平
1.推进尾矿利用。支持企业开展老卤提锂，2019年6月底前形成技术规范。（省工业厅、省科学厅、省财务厅负责，排在第一位的为牵头单位，下同）
2.健全监测体系。按季公布结果。（省资源厅、省水务厅负责）
（二）延伸产业链条
1.做强锂电材料。扩大产能。省贸易厅给予支持。（省科学厅、省贸易厅负责）
三、保障措施
（一）加强组织领导。统筹推进各项工作。（省规划委、省财务厅负责）
（二）强化资金支持。安排专项资金。（省财务厅、省科学厅负责）
"""


@cache
def found() -> Structure:
    """The plan as the reader finds it."""
    return read(TEXT)


def at(words: str, after: str = "") -> dict[str, Any]:
    """The anchor of words of the text, of those after `after`."""
    start = TEXT.index(words, TEXT.index(after))
    return anchor(TEXT, start, start + len(words))


def edit(*edits: dict[str, Any]) -> Edited:
    """The plan with these edits."""
    return apply(TEXT, found(), edits)
