"""A random plan, printed in a random convention, is read back equal: headings, groups, duties, deadlines."""

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.plans.reading.reader import read
from tasks.plans.structure import Structure

NUMERALS = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"] + [
    f"十{n}" for n in "一二三四五六七八九"
]
NUMERALS += [f"{tens}十{n}" for tens in "二三四" for n in ["", *"一二三四五六七八九"]]
DEPARTMENTS = [
    "交通运输厅", "住房和城乡建设厅", "工业和信息化厅", "发展改革委", "市场监管局", "文化和旅游厅", "农业农村厅", "人力资源社会保障厅",
    "卫生健康委", "粮食和物资储备局", "科技厅", "教育厅", "地方金融监管局", "大数据局",
]  # fmt: skip
OTHERS = [
    "各市、县（市、区）人民政府", "各有关部门", "子山海关", "国网甲省电力公司", "人民银行子山中心支行", "丑水市人民政府", "寅木高新区管委会",
    "团省委", "甲省大学", "相关行业主管部门", "省工商联（总商会）",
]  # fmt: skip
VERBS = ["推进", "加强", "完善", "实施", "开展", "健全", "优化", "提升"]
THINGS = [
    "桥梁养护",
    "隧道巡查",
    "“一网通办”",
    "水、电、气报装",
    "标准体系",
    "项目（一期）建设",
    "数据共享和应用",
    "服务水平",
    "5G应用",
]
SENTENCES = [
    "建立台账，逐项落实。", "按照《甲省桥梁条例》（甲人发〔2019〕3号）要求，规范管理。", "到2025年，完好率达到95%以上，新增1.5亿元投资。",
    "推广联合养护（以下简称联养），实现“一座一策”。", "由牵头部门（单位）统筹推进。", "分三步走：第一步，普查；第二步，评估；第三步，修复。",
    "各地各有关部门要落实责任，定期调度。", "坚持自愿、公平、公开原则；不得增加负担。",
]  # fmt: skip
DEADLINES = ["2024年6月底前完成", "2025年底前", "长期坚持", "2023年9月", "持续推进", "2024年第三季度"]


@dataclass
class Item:
    heading: str
    body: str
    lead: list[str] = field(default_factory=list)
    co: list[str] = field(default_factory=list)
    carry: list[str] = field(default_factory=list)
    deadline: str = ""


Parts = list[tuple[str, list[tuple[str, list[Item]]]]]


@dataclass
class Convention:
    levels: str
    runs_on: bool
    leads: str
    brackets: str
    where: str
    persons: bool
    narrow: bool
    layout: str
    shared: bool


@st.composite
def names(draw: st.DrawFn, least: int, most: int) -> list[str]:
    pool = [f"省{name}" for name in DEPARTMENTS] + OTHERS
    return draw(st.lists(st.sampled_from(pool), min_size=least, max_size=most, unique=True))


@st.composite
def items(draw: st.DrawFn, leads: str) -> Item:
    heading = draw(st.sampled_from(VERBS)) + draw(st.sampled_from(THINGS))
    body = "".join(draw(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4)))
    listed = draw(names(2, 7))
    cut = draw(st.integers(1, min(2, len(listed) - 1)))
    item = Item(heading, body, deadline=draw(st.sampled_from(["", "", *DEADLINES])))
    if leads == "rule":
        item.lead, item.co = listed[:1], listed[1:]
    elif leads in ("stated", "label", "comma", "semicolon", "named", "division"):
        item.lead, item.co = listed[:cut], listed[cut:]
        if leads not in ("comma", "semicolon", "named") and len(item.co) > 2:
            item.carry = [item.co.pop()]
    else:
        item.co = listed
    return item


@st.composite
def plans(draw: st.DrawFn) -> tuple[Convention, Parts]:
    convention = Convention(
        levels=draw(
            st.sampled_from(["一（一）1", "一（一）", "一1", "一（一）（1）", "章条", "小数", "任务"])
        ),
        runs_on=draw(st.booleans()),
        leads=draw(
            st.sampled_from(
                ["stated", "label", "rule", "comma", "semicolon", "named", "division", "none", "none-label"]
            )
        ),
        brackets=draw(st.sampled_from(["（）", "〔〕", "[]", "【】"])),
        where=draw(st.sampled_from(["after", "line", "own"])),
        persons=draw(st.booleans()),
        narrow=draw(st.booleans()),
        layout=draw(st.sampled_from(["paragraphs", "wrapped", "pieces", "pages", "one line"])),
        shared=draw(st.booleans()),
    )
    if convention.leads == "division":
        convention.where = "own"
    elif convention.leads not in ("label", "none-label") and convention.where == "own":
        convention.where = "after"
    if convention.levels == "小数" and convention.layout == "one line":
        convention.layout = "wrapped"  # 1.1 within a line is any decimal
    parts = []
    for part in range(draw(st.integers(1, 3))):
        groups = []
        for group in range(
            draw(st.integers(1, 3)) if convention.levels in ("一（一）1", "一（一）（1）") else 1
        ):
            listed = draw(st.lists(items(convention.leads), min_size=2, max_size=4))
            groups.append((f"第{NUMERALS[group]}类事项", listed))
        parts.append((f"{VERBS[part]}各项工作", groups))
    return convention, parts


def printed(convention: Convention, parts: Parts) -> str:
    lines = [
        "甲省人民政府关于印发《甲省桥梁方案》的通知", "甲政发〔2023〕5号", "各市人民政府：", "现将《甲省桥梁方案》印发给你们，请认真执行。",
        "甲省人民政府", "2023年3月6日", "甲省桥梁方案", "为做好工作，制定本方案。",
    ]  # fmt: skip
    chapters, decimals = convention.levels == "章条", convention.levels == "小数"
    first = "第一章 总体要求" if chapters else "1 总体要求" if decimals else "一、总体要求"
    lines += [first, AIM]
    ruled = False
    number = 0
    for place, (part, groups) in enumerate(parts, 1):
        head = f"第{NUMERALS[place]}章 {part}" if chapters else f"{NUMERALS[place]}、{part}"
        lines.append(f"{place + 1} {part}" if decimals else head)
        for order, (group, listed) in enumerate(groups):
            if convention.levels in ("一（一）1", "一（一）（1）"):
                lines.append(f"（{NUMERALS[order]}）{group}")
            if decimals or not (convention.runs_on or chapters):
                number = 0
            for item in listed:
                number += 1
                mark = {
                    "一（一）1": f"{number}.", "一（一）": f"（{NUMERALS[number - 1]}）", "一1": f"{number}.",
                    "一（一）（1）": f"（{number}）", "章条": f"第{NUMERALS[number - 1]}条 ", "小数": f"{place + 1}.{number} ",
                    "任务": f"任务{NUMERALS[number - 1]}：",
                }[convention.levels]  # fmt: skip
                listing = duties(convention, item, ruled)
                if convention.where == "after":
                    lines.append(f"{mark}{item.heading}。{item.body}{''.join(listing)}")
                else:
                    lines += [f"{mark}{item.heading}。{item.body}", *listing]
                ruled = True
    return laid_out(convention, lines)


def duties(convention: Convention, item: Item, ruled: bool) -> list[str]:
    leads = convention.leads
    lists = [item.lead, item.co, item.carry]
    if convention.shared:
        lists = [shared(names) for names in lists]
    lead, co, carry = ("、".join(names) for names in lists)
    due = item.deadline
    if leads in ("label", "none-label"):
        fields = [
            "责任领导：张某某" if convention.persons else "",
            f"牵头单位：{lead}" if lead else "",
            f"{'配合' if lead else '责任'}单位：{co}" if co else "",
            f"落实单位：{carry}" if carry else "",
            f"完成时限：{due}" if due else "",
        ]
        fields = [each for each in fields if each]
        if convention.where == "own":
            return fields
        content = "；".join(fields)
    elif leads == "stated":
        content = "，".join(
            each
            for each in (f"{lead}牵头", f"{co}配合" if co else "", f"{carry}落实" if carry else "", due)
            if each
        )
    elif leads == "division":
        named = [f"由{lead}牵头", f"{co}配合" if co else "", f"{carry}组织实施" if carry else ""]
        line = "责任分工：" + "，".join(each for each in named if each) + "。"
        return [line, f"完成时限：{due}"] if due else [line]
    elif leads == "named":
        marked = "、".join(f"{name}（牵头）" for name in lists[0])
        content = f"责任单位：{marked}、{co}" + (f"；完成时限：{due}" if due else "")
    elif leads == "semicolon":
        rule = "" if ruled else "〔分号前为牵头单位，下同〕"
        content = f"责任单位：{lead}；{co}{rule}" + (f"；完成时限：{due}" if due else "")
    elif leads == "none":
        content = f"{co}按职责分工负责" + (f"，{due}" if due else "")
    elif leads == "rule":
        rule = "" if ruled else "〔列第一位的为牵头单位，下同〕"
        content = f"责任单位：{lead}、{co}{rule}" + (f"；完成时限：{due}" if due else "")
    else:
        rule = "" if ruled else "〔逗号前为牵头单位，下同〕"
        content = f"责任单位：{lead}，{co}{rule}" + (f"；完成时限：{due}" if due else "")
    return [convention.brackets[0] + content + convention.brackets[1]]


def shared(listed: list[str]) -> list[str]:
    """The names with their level printed once for a run of departments."""
    result: list[str] = []
    run = False
    for name in listed:
        is_department = name[1:] in DEPARTMENTS
        result.append(name[1:] if run and is_department else name)
        run = is_department
    return result


AIM = "坚持统筹推进，到2025年取得成效。"
PROSE = "坚持问题导向和目标导向相结合，把握发展规律，突出重点环节，注重工作实效，" * 6 + "形成合力。"


def laid_out(convention: Convention, lines: list[str]) -> str:
    text = "\n".join(lines)
    if convention.narrow:
        text = text.translate(str.maketrans("，；：（）", ",;:()"))
    first = {"章条": "第一章", "小数": "1 总体"}.get(convention.levels, "一、")
    head, body = text.split(first, 1)
    body = first + body
    if convention.layout in (
        "wrapped",
        "pages",
        "pieces",
    ):  # by whose lines their width is known, as in any real text
        body = body.replace(AIM, AIM + PROSE, 1)
    if convention.layout == "one line":
        return head + body.replace("\n", " ")
    if convention.layout == "wrapped":
        body = re.sub(r"(.{38})(?=.)", "\\1\n", body)
    if convention.layout == "pages":
        wrapped = re.sub(r"(.{38})(?=.)", "\\1\n", body).split("\n")
        pages = [wrapped[n : n + 12] for n in range(0, len(wrapped), 12)]
        body = "\n".join("\n".join([*page, f"— {n} —", ""]) for n, page in enumerate(pages, 2))
    if convention.layout == "pieces":
        body = re.sub(r"([、，])(?=[^\n]{5})", "\\1\n", re.sub(r"(.{38})(?=.)", "\\1\n", body))
    return head + body


def wanted(convention: Convention, parts: Parts) -> list[Any]:
    rows = []
    for part, groups in parts:
        for group, listed in groups:
            heading = group if convention.levels in ("一（一）1", "一（一）（1）") else part
            rows += [
                (heading, item.heading, item.lead, sorted(item.co), item.carry, item.deadline)
                for item in listed
            ]
    return rows


def found(structure: Structure) -> list[Any]:
    rows = []
    for group in structure.groups:
        for task in group.tasks:
            names = {
                duty: [mention.name for mention in task.mentions if mention.duty == duty]
                for duty in ("lead", "co", "carry")
            }
            due = task.deadline.name if task.deadline else ""
            rows.append(
                (
                    group.heading.name,
                    task.heading.name,
                    names["lead"],
                    sorted(names["co"]),
                    names["carry"],
                    due,
                )
            )
    return rows


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans())
def test_printed_plan_is_read_back(plan: tuple[Convention, Parts]) -> None:
    structure = read(printed(*plan))
    assert found(structure) == wanted(*plan)
    assert structure.lost == ()
    assert structure.head.title.name == "甲省桥梁方案"
