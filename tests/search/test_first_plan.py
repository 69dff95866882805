"""What is found first in the first plan: a table made by hand."""

import re

import pytest

from reports.search.queries import search
from reports.search.values import Kind
from tasks.finding import plain, read_query
from tasks.models import Plan
from tasks.values import Role
from tests import factories as make

# What is typed, the kind and the beginning of what is to stand first.
FIRST = [
    ("锂电", "parts", "锂电新材料"),
    ("盐湖", "projects", "盐湖化工"),
    ("光伏", "projects", "光伏光热"),
    ("西宁", "projects", "西宁市甘河工业园区"),
    ("西宁市", "projects", "西宁市甘河工业园区"),
    ("西宁市人民政府", "agencies", "西宁市人民政府"),
    ("商务厅", "agencies", "省商务厅"),
    ("省商务厅", "agencies", "省商务厅"),
    ("省 商务厅", "agencies", "省商务厅"),
    ("青海省商务厅", "agencies", "省商务厅"),
    ("经信委", "agencies", "省经济和信息化委"),
    ("发改委", "agencies", "省发展改革委"),
    ("3.4.1", "tasks", "三(四)1"),
    ("三(四)1", "tasks", "三(四)1"),
    ("三（四）1", "tasks", "三(四)1"),
    ("三（四） 1", "tasks", "三(四)1"),
    ("3-4-1", "tasks", "三(四)1"),
    ("四(一)", "tasks", "四(一)"),
    ("三(四)", "tasks", "三(四)1"),
    ("完善质量标准体系建设", "tasks", "三(四)1"),
    ("千亿", "targets", "5个千亿产业基地"),
    ("五百亿", "targets", "10个五百亿产业基地"),
    ("金属镁", "projects", "金属镁一体化一期"),
    ("格尔木", "projects", "格尔木炼油厂"),
    ("碳酸锂", "parts", "锂电新材料"),
    ("新能源汽车", "parts", "节能与新能源汽车"),
    ("电子信息", "parts", "电子信息材料"),
    ("军民融合", "tasks", "三(七)1"),
    ("品牌", "tasks", "三(四)4"),
    ("人才", "tasks", "四(二)"),
    ("锂电 盐湖", "targets", "着力构建"),
    ("中国制造2025", "tasks", "三(六)2"),
    ("藏羚羊", "", ""),
]  # fmt: skip


@pytest.mark.slow
def test_what_stands_first(plan: Plan) -> None:
    leader = make.user(Role.LEADERSHIP, password=None)
    found = {}
    for typed, _kind, _label in FIRST:
        sections = search(leader, read_query(typed)).sections
        first = sections[0].hits[0] if sections else None
        found[typed] = (sections[0].kind.value, f"{first.ref} {first.label}".strip()) if first else ("", "")
    wrong = {
        typed: found[typed]
        for typed, kind, label in FIRST
        if found[typed][0] != kind or not found[typed][1].startswith(label) or (not label and found[typed][1])
    }
    assert wrong == {}


def test_every_place_of_the_text_is_found(plan: Plan) -> None:
    """锂电 is found at each of its places in the text, in their order, and the direction that bears its name."""
    found = search(make.user(Role.VIEWER, password=None), read_query("锂电"), most=200)
    hits = found.counts[Kind.PASSAGES].hits
    counts = [int(match[1]) if (match := re.match(r"(\d+)处", hit.note)) else 1 for hit in hits]
    assert sum(counts) == plain(plan.text).count("锂电") == 8
    places = [int(hit.url.rpartition("-")[2]) for hit in hits]
    assert places == sorted(places)
    assert {hit.label for hit in found.counts[Kind.PARTS].hits} >= {"锂电新材料"}


def test_a_number_is_no_part_of_a_larger_one(plan: Plan) -> None:
    found = search(make.user(Role.VIEWER, password=None), read_query("3.4.1"), most=200)
    assert [hit.ref for hit in found.counts[Kind.TASKS].hits] == ["三(四)1"]
