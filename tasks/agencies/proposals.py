"""Proposals for an agency that a plan prints: its kind by the form of its name, a slug by its pinyin, its province.

They are proposals: a person sees and corrects them. No name of a single agency is known here.
"""

import re
from collections.abc import Collection
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

from tasks.agencies.models import AgencyKind

PROVINCES = (
    "北京", "天津", "河北", "山西", "内蒙古", "辽宁", "吉林", "黑龙江", "上海", "江苏", "浙江", "安徽", "福建", "江西", "山东",
    "河南", "湖北", "湖南", "广东", "广西", "海南", "重庆", "四川", "贵州", "云南", "西藏", "陕西", "甘肃", "青海", "宁夏",
    "新疆",
)  # fmt: skip

# In this order: 省税务局 is an agency of the centre though it ends as departments do.
_KINDS = (
    (AgencyKind.COLLECTIVE, r"^(各|有关|相关)|(各|有关|相关)(部门|单位|地区|市|县|区)|成员单位|等部门$"),
    (
        AgencyKind.CENTRAL,
        r"海关|税务局|国税局|证监局|银监局|保监局|银保监局|金融监管局|通信管理局|通管局|邮政管理局|气象局|地震局|出入境|"
        r"检验检疫|人民?银?行.*(支行|分行)|民航|铁路局|煤监局|煤矿安(全)?监|专员办|财政监察|储备局",
    ),
    (
        AgencyKind.PARTY,
        r"党委|(省|市|州|县|区)委(组织|宣传|统战|政法|网信|编办|改革|军民|外|社会|金融|办|老干|农)|组织部|宣传部|统战部|政法委|"
        r"编办|编委办|网信办|党校|纪委|工委$",
    ),
    (AgencyKind.ENTERPRISE, r"公司|集团|电网|国网|银行$"),
    (AgencyKind.ZONE, r"管委会|管理委员会|开发区|园区|试验区|高新区|新区|自贸区"),
    (AgencyKind.GOVERNMENT, r"政府$|(市|州|县)$"),
    (AgencyKind.REVIEW, r"督查"),
    (AgencyKind.DEPARTMENT, r"(厅|局|委|办|署|会|院|中心|办公室|馆|社|队|站|所|校|大学|学院|总队|支队|联)$"),
)  # fmt: skip


def kind_of(name: str, *, collective: bool = False) -> str:
    """The kind that the form of the name suggests, "" where it suggests none."""
    if collective:
        return AgencyKind.COLLECTIVE
    return next((kind for kind, form in _KINDS if re.search(form, name)), "")


def slug_of(name: str, taken: Collection[str], *, longest: int = 40) -> str:
    """A free slug: the initials of the name's pinyin (省科技厅 → skjt), with a number where another agency has it."""
    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER, errors="default"))
    plain = re.sub(r"[^a-z0-9]", "", initials.lower())[: longest - 6]
    plain = plain if len(plain) > 1 else f"dw{plain}"
    slug, number = plain, 1
    while slug in taken or slug == "new":
        number += 1
        slug = f"{plain}-{number}"
    return slug


def local_name(full: str, place: str) -> str:
    """A full name as a plan of that place prints it: 青海省经济和信息化委员会 is 省经济和信息化委员会."""
    return full.removeprefix(place[:-1]) if re.search("[省市县州]$", place) else full


def province_of(*texts: str) -> str:
    """The province that the texts name first, "" without one: 青海省科学技术厅 → 青海."""
    for text in texts:
        places = [(text.find(name), name) for name in PROVINCES if name in text]
        if places:
            return min(places)[1]
    return ""


# 省 of 省市场监管局, 市 of 西宁市教育局; the 市 of 市场监管局 and the 区 of 区域合作办 are no levels.
_LEVEL_WORD = r"省|自治区|市(?!场)|州|县|区(?!域)"
_LEVEL = re.compile(rf"({_LEVEL_WORD})|[\u4e00-\u9fff]{{2,8}}?({_LEVEL_WORD})")


@lru_cache(maxsize=4096)
def level_word_of(name: str) -> str:
    """The level that the name says its agency is of, "" where it says none: 省市场监管局 → 省, 西宁市教育局 → 市."""
    found = _LEVEL.match(name)
    return (found[1] or found[2]) if found else ""


@lru_cache(maxsize=4096)
def core_of(name: str) -> str:
    """The name without what tells one province or level from another."""
    for province in PROVINCES:
        name = name.removeprefix(f"{province}省").removeprefix(f"{province}市")
    own = _LEVEL.match(name)
    return name.removeprefix(own[1]) if own and own[1] in ("省", "市") else name
