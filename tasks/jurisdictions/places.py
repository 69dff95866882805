"""What the names of places and offices say: the place in an issuer's name, its level and abbreviation."""

import re

from tasks.agencies.proposals import province_of
from tasks.jurisdictions.values import JurisdictionLevel

# The one-character names of provinces, as 中央驻青单位 has them; a city or county has none that is usual.
ABBREVIATIONS = {
    "北京": "京", "天津": "津", "河北": "冀", "山西": "晋", "内蒙古": "蒙", "辽宁": "辽", "吉林": "吉", "黑龙江": "黑", "上海": "沪",
    "江苏": "苏", "浙江": "浙", "安徽": "皖", "福建": "闽", "江西": "赣", "山东": "鲁", "河南": "豫", "湖北": "鄂", "湖南": "湘",
    "广东": "粤", "广西": "桂", "海南": "琼", "重庆": "渝", "四川": "川", "贵州": "黔", "云南": "滇", "西藏": "藏", "陕西": "陕",
    "甘肃": "甘", "青海": "青", "宁夏": "宁", "新疆": "新",
}  # fmt: skip
_WHOLE = {
    "北京": "北京市", "天津": "天津市", "上海": "上海市", "重庆": "重庆市", "内蒙古": "内蒙古自治区", "广西": "广西壮族自治区",
    "西藏": "西藏自治区", "宁夏": "宁夏回族自治区", "新疆": "新疆维吾尔自治区",
}  # fmt: skip


_PLACE = re.compile(r"[\u4e00-\u9fa5]{2,12}?(?:省|自治区|自治州|自治县|市|盟|州|县|区|旗)")
_CITIES = ("北京", "天津", "上海", "重庆")


def place_of(text: str) -> str:
    """The province, city or county that an issuer's name or a title begins with, "" without one: 宁波市鄞州区人民政府 →
    宁波市鄞州区, 浙江省经济和信息化厅 → 浙江省."""
    before, government, _after = text.partition("人民政府")
    if government and _PLACE.fullmatch(before):
        return before
    province = next((one for one in ABBREVIATIONS if text.startswith(one)), "")
    if province and text.startswith(whole := _whole(province)):
        return whole
    found = _PLACE.match(text)
    return found[0] if found else ""


def _whole(province: str) -> str:
    return _WHOLE.get(province, f"{province}省")


def level_of(place: str) -> str:
    """The level that the form of the place's name suggests; a person corrects it."""
    if place.endswith(("省", "自治区")) or place.removesuffix("市") in _CITIES:
        return JurisdictionLevel.PROVINCE
    if place.endswith(("县", "区", "旗")):
        return JurisdictionLevel.COUNTY
    return JurisdictionLevel.CITY


# What a province's prefectures are called together where they are not all cities.
_PREFECTURES = {
    "吉林": "市州", "湖北": "市州", "湖南": "市州", "四川": "市州", "贵州": "市州", "云南": "市州", "甘肃": "市州", "青海": "市州",
    "新疆": "地州市", "西藏": "地市", "内蒙古": "盟市", "重庆": "区县", "北京": "区", "天津": "区", "上海": "区",
}  # fmt: skip
_UNIT = re.compile(r"(?:自治区|省|自治州|自治县|市|盟|州|县|区|旗)$")
_USUAL_UNIT = {
    JurisdictionLevel.PROVINCE.value: "省",
    JurisdictionLevel.CITY.value: "市",
    JurisdictionLevel.COUNTY.value: "县",
}


def unit_of(place: str, level: str) -> str:
    """省, 自治区, 市, 州, 县, 区: what the place is called by those who live there, else what is usual at its level."""
    found = _UNIT.search(place)
    unit = found[0] if found else _USUAL_UNIT.get(level, "")
    return {"自治州": "州", "自治县": "县"}.get(unit, unit)


def places_below(place: str, level: str) -> str:
    """What the places directly below it are called together: 市州 in 青海省, 县区 in 杭州市."""
    if level == JurisdictionLevel.PROVINCE:
        return _PREFECTURES.get(province_of(place), "市")
    if level == JurisdictionLevel.CITY:
        return {"州": "县市", "盟": "旗县"}.get(unit_of(place, level), "县区")
    return "镇街" if unit_of(place, level) == "区" else "乡镇"


def abbreviation_of(place: str) -> str:
    """The one-character name of the province that the place's name begins with, "" of none: 青海省 → 青."""
    return ABBREVIATIONS.get(province_of(place), "")


def group_of(office: str) -> str:
    """The leading group whose office it is, "" where the name tells none."""
    group = office.removesuffix("办公室")
    return group if group.endswith("领导小组") else ""
