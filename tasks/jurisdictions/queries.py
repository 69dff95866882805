"""Queries for jurisdictions: that of a plan, and that of a site which has none yet."""

from django.conf import settings

from tasks.agencies.proposals import province_of
from tasks.jurisdictions.models import Jurisdiction, JurisdictionLevel

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


def proposed(office: str) -> Jurisdiction:
    """An unsaved jurisdiction by the name of its office, as BRIEF_OFFICE gives it: 青海省制造强省建设领导小组办公室 → 青海省."""
    province = province_of(office)
    name = _WHOLE.get(province, f"{province}省") if province else office.removesuffix("办公室")[:40]
    group = office.removesuffix("办公室")
    return Jurisdiction(
        name=name,
        level=JurisdictionLevel.PROVINCE,
        abbreviation=ABBREVIATIONS.get(province, ""),
        leading_group=group if group.endswith("领导小组") else "",
        office=office,
        notice_mark=settings.NOTICE_MARK,
    )


def site_words() -> Jurisdiction:
    """What is printed for a plan without a jurisdiction: the settings' words. Not saved."""
    return proposed(settings.BRIEF_OFFICE)


def words_of(plan_id: int) -> Jurisdiction:
    """The jurisdiction of a plan, as its words are now. One query."""
    return Jurisdiction.objects.filter(plans=plan_id).first() or site_words()


def site_jurisdiction() -> Jurisdiction:
    """The first jurisdiction of the site; a site without one gets it, by its settings."""
    found = Jurisdiction.objects.first()
    if found is None:
        own = site_words()
        values = {
            name: getattr(own, name)
            for name in ("level", "abbreviation", "leading_group", "office", "notice_mark")
        }
        found, _is_new = Jurisdiction.objects.get_or_create(name=own.name, defaults=values)
    return found
