"""What people and programs type, read alike at every door."""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.test import RequestFactory
from rest_framework import serializers

from tasks import typed
from tasks.values import Period
from tasks.web.forms import moment_field
from tasks.web.middleware import TypedText

# -- texts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("一\r\n二\r三\u2028四\x0b五\x85六", "一\n二\n三\n四\n五\n六"),
        ("\ufeff省\u200b质\u00ad监\u2060局\x00\x07", "省质监局"),
        ("\u202d61.5\u202c", "61.5"),
        ("a\u00a0b\u2009c", "a b c"),
        ("  首行\n\t缩进 ", "  首行\n\t缩进 "),
        ("　　段落　张　三", "　　段落　张　三"),
        ("\uf0d8印发；\n\uf06c培训\n\uf0b7\t委托", "·印发；\n·培训\n·委托"),
        ("\uf0fe已核 \uf0a8未核", "☑已核 □未核"),
        ("误差\uf0b15\uf06dm", "误差±5μm"),
        ("张\U00031350三\ue5e5", "张\U00031350三\ue5e5"),
        ("\ue81e", "龴"),
        ("ᠮᠣᠩᠭᠣᠯ\u202fᠤᠨ", "ᠮᠣᠩᠭᠣᠯ\u202fᠤᠨ"),
        ("ᠠ\u180eᠡ", "ᠠ\u180eᠡ"),
        ("བཀྲ་ཤིས།", "བཀྲ་ཤིས།"),
        ("葛\U000e0100", "葛\U000e0100"),
        ("CO₂、10⁻³、①、㎡、℃", "CO₂、10⁻³、①、㎡、℃"),
        ("\u3164", ""),
        ("\ud800", ""),
    ],
)
def test_a_text_keeps_what_is_seen_and_loses_what_is_not(sent: str, kept: str) -> None:
    assert typed.clean(sent) == kept
    assert typed.clean(kept) == kept


def test_every_bullet_of_words_symbol_fonts_becomes_a_character_that_prints() -> None:
    for point in range(0xF0A1, 0xF0FF):
        text = typed.clean(f"{chr(point)} 印发\n二{chr(point)}三")
        assert not re.search("[\ue000-\uf8ff]", text), hex(point)
        assert text.startswith(("·印发", "☑印发", "☒印发"))


@pytest.mark.parametrize(
    "text",
    ["无", "无。", "暂无", "没有", "无问题", "/", "—", "-", "－", "——", "（无）", " 无 ", "无需省级协调", "N/A", "", "本季度暂无问题。", "无\r\n", "×", "「无」", "-无-", "无～", "不涉及", "本项不涉及", "未涉及", "未发生", "无此类问题", "无须协调", "没有什么问题", "未遇到困难", "一切正常", "无异常", "x"],
)  # fmt: skip
def test_words_that_mean_nothing(text: str) -> None:
    assert typed.is_nothing(text)
    assert typed.optional(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "无人机项目停工",
        "无法开工",
        "没有资金，停工",
        "-3",
        "0",
        "资金缺口",
        "暂无资金",
        "〇",
        "同上",
        "见附件",
        "未发生变化",
        "不涉及资金，但缺人",
        "涉及两家单位",
        "无，已解决",
        "正常推进，但缺人",
        "2x",
    ],
)
def test_words_that_say_something(text: str) -> None:
    assert typed.optional(text) == text


NO_REASONS = ["无", "—", "/", "。", "  \n", "……", "？！", "无。", "无 理由", "没有特别原因", "略", "无无", "\u200b", "没有问题"]  # fmt: skip
REASONS = ["没有数据", "不涉及", "未发生", "补", "无人机项目停工", "缺3月数据", "3", "无法核实", "略有出入"]


@pytest.mark.parametrize("text", NO_REASONS)
def test_words_that_give_no_reason(text: str) -> None:
    assert typed.reason(text) == ""


@pytest.mark.parametrize("text", REASONS)
def test_words_that_give_a_reason(text: str) -> None:
    assert typed.reason(f" {text}\u200b") == text


class Reasoned(forms.Form):
    reason = forms.CharField()
    note = forms.CharField(required=False)
    words = forms.CharField(widget=forms.Textarea)
    title = forms.CharField()


class ReasonedSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    words = serializers.CharField()
    title = serializers.CharField()


@pytest.mark.parametrize("text", ["无", "—", "。", "暂无"])
def test_no_form_and_no_request_takes_for_a_reason_what_gives_none(text: str) -> None:
    sent = {"reason": text, "note": text, "words": text, "title": text}
    form, request = Reasoned(sent), ReasonedSerializer(data=sent)
    assert sorted(form.errors) == ["reason", "words"]
    assert not request.is_valid()
    assert sorted(request.errors) == ["reason", "words"]
    assert form.cleaned_data["note"] == ""


def test_what_cannot_be_seen_is_made_visible_in_a_quotation() -> None:
    assert typed.visible("61.5x\u202c") == "61.5x␣U+202C"
    assert typed.visible("长" * 30) == "长" * 20 + "…"
    with pytest.raises(ValueError, match="“6␣U\\+00A01x”不是数"):
        typed.number("6\u00a01x")


# -- numbers ------------------------------------------------------------------------------------------------

NUMBERS = [
    ("\u200b61.5", "61.5"),
    ("61.5\u200b", "61.5"),
    ("\ufeff61.5", "61.5"),
    ("\u202d61.5\u202c", "61.5"),
    ("61.5\u202c", "61.5"),
    ("−3", "-3"),
    ("–3", "-3"),
    ("－３．５", "-3.5"),
    ("— 3", "-3"),
    ("1,234,567.8", "1234567.8"),
    ("１，２３４", "1234"),
    ("1 234\u00a0567", "1234567"),
    ("1\u2009234\u2009567", "1234567"),
    ("1\u3000234", "1234"),
    ("1'234", "1234"),
    (" 61.5 ", "61.5"),
    ("68.39999999999999", "68.4"),
    ("68.399999999999991", "68.4"),
    ("0.30000000000000004", "0.3"),
    ("1234567.8999999999", "1234567.9"),
    ("1.5E+03", "1500"),
    ("3.0000000", "3"),
    ("0.00", "0"),
    ("61。5", "61.5"),
    ("3.5E3", "3500"),
    ("－5", "-5"),
    ("00012", "12"),
]


@pytest.mark.parametrize(("text", "value"), NUMBERS)
def test_a_number_as_people_and_programs_write_it(text: str, value: str) -> None:
    assert typed.number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", " ", "—", "/", "－", "无", "暂无", "\u200b"])
def test_no_number(text: str) -> None:
    assert typed.number(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "1234.5678999",
        "三百万",
        "三成",
        "1 234,5",
        "3.5×10³",
        "1,23",
        "12 34",
        "100000000000000",
        "①",
        "1-2",
        "--3",
        "12%",
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"不是数|百分比"):
        typed.number(text)


@pytest.mark.parametrize("text", ["约3", "近３００", "3左右", "300余万元", "超过12", "不足5"])
def test_what_is_about_a_number_is_told_so(text: str) -> None:
    with pytest.raises(ValueError, match="是约数，请填确切的数字"):
        typed.number(text)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("1.2亿", "亿"),
        ("３００万元", "万元"),
        ("12个", "个"),
        ("1,200.5 吨", "吨"),
        ("3万\u200b", "万"),
        ("5km", "km"),
    ],
)
def test_a_unit_behind_a_number_is_named_and_never_guessed(text: str, unit: str) -> None:
    with pytest.raises(ValueError, match=f"后面带了“{unit}”，请按这一栏的计量单位换算"):
        typed.number(text)


def test_a_zero_has_no_sign() -> None:
    assert str(typed.number("-0")) == "0"


def test_a_number_of_a_spreadsheet_is_what_its_cell_shows() -> None:
    assert [typed.number_text(value) for value in (68.39999999999999, 12.0, 0.1 + 0.2, 1e16, 7, Decimal("1.50"))] == [
        "68.4", "12", "0.3", "10000000000000000", "7", "1.5",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"), [("３５％", 35), ("35.0", 35), ("35 %", 35), ("—", None), ("", None)]
)
def test_a_percentage(text: str, value: int | None) -> None:
    assert typed.percent(text) == value


@pytest.mark.parametrize("text", ["150", "-1", "约三成", "33.5"])
def test_what_is_no_percentage(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 — the field has its own words
        typed.percent(text)


# -- days ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2017-06-30", date(2017, 6, 30)),
        ("2017/6/3", date(2017, 6, 3)),
        ("2017.6.3", date(2017, 6, 3)),
        ("2017–6–3", date(2017, 6, 3)),
        ("２０１７－０６－３０", date(2017, 6, 30)),
        ("2017年6月30日前", date(2017, 6, 30)),
        ("2017年 6 月 30 号", date(2017, 6, 30)),
        ("2017年6月30日（星期五）", date(2017, 6, 30)),
        ("2017-06-30 00:00:00", date(2017, 6, 30)),
        ("二〇一七年六月三十日", date(2017, 6, 30)),
        ("二○一七年十二月二十一日", date(2017, 12, 21)),
        ("\u200b2017-06-30\u202c", date(2017, 6, 30)),
        ("6月30日之前", date(2017, 6, 30)),
        ("二O一七年六月三十日", date(2017, 6, 30)),
        ("二0一七年6月30日", date(2017, 6, 30)),
        ("17年6月30日", date(2017, 6, 30)),
        ("20170630", date(2017, 6, 30)),
        ("2017、6、30", date(2017, 6, 30)),
        ("2017\\6\\30", date(2017, 6, 30)),
        ("42916", date(2017, 6, 30)),  # a day in a cell that is formatted as a number
        ("2017-06-30T00:00:00Z", date(2017, 6, 30)),
        (" ", None),
        ("—", None),
    ],
)
def test_a_day_is_read_as_it_is_written(text: str, day: date | None) -> None:
    assert typed.day(text, 2017) == day
    assert typed.day(text, 2017, exact=True) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2018年6月", date(2018, 6, 30)),
        ("2018-6", date(2018, 6, 30)),
        ("2018/06", date(2018, 6, 30)),
        ("二〇一八年六月", date(2018, 6, 30)),
        ("2016年2月底前", date(2016, 2, 29)),
        ("2018年6月中旬", date(2018, 6, 20)),
        ("2018年二季度", date(2018, 6, 30)),
        ("2018年第三季度末", date(2018, 9, 30)),
        ("2018Q2", date(2018, 6, 30)),
        ("2018年上半年", date(2018, 6, 30)),
        ("2018年前三季度", date(2018, 9, 30)),
        ("2018年底", date(2018, 12, 31)),
        ("2018年年底", date(2018, 12, 31)),
        ("2018H1", date(2018, 6, 30)),
        ("18年二季度", date(2018, 6, 30)),
        ("201806", date(2018, 6, 30)),
        ("六月底", date(2018, 6, 30)),
        ("2018年01季度", date(2018, 3, 31)),
        ("今年底", date(2018, 12, 31)),
        ("本年末前", date(2018, 12, 31)),
        ("2月底", date(2018, 2, 28)),
        ("年底前", date(2018, 12, 31)),
        ("上半年", date(2018, 6, 30)),
        ("三季度", date(2018, 9, 30)),
    ],
)
def test_what_says_no_day_means_the_last(text: str, day: date) -> None:
    assert typed.day(text, 2018) == day
    with pytest.raises(ValueError, match="没有写到日"):
        typed.day(text, 2018, exact=True)


@pytest.mark.parametrize(
    "text",
    ["2017-02-30", "2017年13月", "尽快", "2017", "20171330", "6/30", "99999", "17-3-5", "2017年6月31日"],
)
def test_what_is_no_day_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=f"“{text}”不是日期，请写成 2017-06-30"):
        typed.day(text, 2017)


def test_a_day_without_a_year_needs_one() -> None:
    for text in ("6月底", "六月底前", "6月30日", "年底", "二季度"):
        with pytest.raises(ValueError, match=f"“{text}”没有写年份"):
            typed.day(text)


@pytest.mark.parametrize(
    ("sent", "moment"),
    [
        ("2017年4月20日17时", "2017-04-20 17:00:00+08:00"),
        ("2017-04-20T17:00:30+08:00", "2017-04-20 17:00:30+08:00"),
        ("2017-04-20", None),  # its first minute would be a day too early
        ("2017年4月20日", None),
    ],
)
def test_a_moment_means_the_same_in_a_form_and_in_the_api(sent: str, moment: str | None) -> None:
    form = moment_field("截止")
    for read in (serializers.DateTimeField().run_validation, form.clean):
        if moment is None:
            with pytest.raises((ValidationError, serializers.ValidationError)):
                read(sent)
        elif read != form.clean or "+" not in sent:
            assert str(read(sent)) == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2017-04-20T17:00", "2017-04-20 17:00"),
        ("2017年4月20日17时", "2017-04-20 17:00"),
        ("2017/4/20 １７：３０", "2017-04-20 17:30"),
        ("2017年4月20日下午5点半", "2017-04-20 17:30"),
        ("2017年4月20日中午12点", "2017-04-20 12:00"),
        ("2017年4月20日24时", "2017-04-20 23:59"),
        ("2017-04-20", None),
        ("2017-04-20 25:00", None),
        ("2017-04-20 24:30", None),
    ],
)
def test_a_moment(text: str, moment: str | None) -> None:
    assert typed.moment(text) == moment


@pytest.mark.parametrize(
    "text", ["2017Q2", "２０１７ｑ２", "2017年第二季度", "2017年二季度", "二〇一七年第二季度"]
)
def test_a_quarter(text: str) -> None:
    assert Period.parse(text) == Period(2017, 2)


# -- every door ---------------------------------------------------------------------------------------------


class _Form(forms.Form):
    words = forms.CharField(max_length=5, widget=forms.Textarea)
    day = forms.DateField()
    at = forms.DateTimeField()
    count = forms.IntegerField()
    amount = forms.DecimalField(decimal_places=2)
    secret = forms.CharField(widget=forms.PasswordInput, strip=False)


def test_every_field_of_every_form_reads_so() -> None:
    form = _Form(
        {
            "words": "一\r\n二\r\n三\u200b",
            "day": "二〇一七年六月三日",
            "at": "2017年6月3日17时",
            "count": "１，２３４",
            "amount": "−12.30000000000000004",
            "secret": " a\u200b\r\n ",
        }
    )
    assert form.is_valid(), form.errors
    data = form.cleaned_data
    assert (data["words"], data["day"], data["count"]) == ("一\n二\n三", date(2017, 6, 3), 1234)
    assert (f"{data['at']:%F %R}", data["amount"], data["secret"]) == (
        "2017-06-03 17:00",
        Decimal("-12.3"),
        " a\u200b\r\n ",
    )


class _Remark(forms.Form):
    remark = forms.CharField(required=False, widget=forms.Textarea)
    words = forms.CharField(required=False)
    reason = forms.CharField(widget=forms.Textarea)


def test_an_optional_remark_that_says_nothing_is_empty_and_a_search_is_not() -> None:
    form = _Remark({"remark": "无。", "words": "无", "reason": "无人值守"})
    assert form.is_valid()
    assert form.cleaned_data == {"remark": "", "words": "无", "reason": "无人值守"}


def test_what_a_browser_sends_is_clean_before_a_view_sees_it() -> None:
    request = RequestFactory().post("/?q=\u200b2017Q2", {"note": "一\r\n二\x00", "password": "a\u200b"})
    TypedText(lambda _request: None).process_view(request)  # type: ignore[arg-type,return-value]
    assert (request.POST["note"], request.POST["password"], request.GET["q"]) == (
        "一\n二",
        "a\u200b",
        "2017Q2",
    )
    with pytest.raises(AttributeError):
        request.POST["note"] = "changed"


def test_a_body_sent_to_the_api_is_not_read_before_it_is_known_whose_it_is() -> None:
    request = RequestFactory().post("/api/v1/returns/1/evidence/", {"note": "a\x00"})
    TypedText(lambda _request: None).process_view(request)  # type: ignore[arg-type,return-value]
    assert not hasattr(request, "_post")


def test_what_a_program_sends_is_cleaned_likewise() -> None:
    sent = {"items": [{"done": "一\r\n\uf0d8二"}], "password": "a\u200b", "count": 3}
    assert typed.cleaned(sent) == {"items": [{"done": "一\n·二"}], "password": "a\u200b", "count": 3}


@pytest.mark.browser
def test_the_page_reads_a_number_and_counts_a_text_as_the_server_does(
    browser_page: Any, settings: Any
) -> None:
    """figures.js and counter.js, run with the rules that the page gets."""
    scripts = Path(settings.BASE_DIR) / "qhplan/static/js"
    browser_page.goto("about:blank")
    browser_page.add_script_tag(content=(scripts / "figures.js").read_text())
    for text, value in [*NUMBERS, ("—", ""), ("无", ""), ("三百万", None), ("1234.5678999", None)]:
        read = browser_page.evaluate(
            "([rules, text]) => reader(rules)(text)", [json.loads(json.dumps(typed.NUMBER_RULES)), text]
        )
        assert read == (float(value) if value else value), text
