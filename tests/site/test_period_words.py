"""Every text that speaks of the quarter has its like for the other kinds of period."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import gettext, gettext_lazy, ngettext

from tasks.period_words import reworded, shared, speak, speaking, spoken
from tasks.values import Rhythm

ROOT = Path(settings.BASE_DIR)
OTHERS = [
    Rhythm.MONTH,
    Rhythm.JOINED,
    Rhythm.HALF,
    Rhythm.YEAR,
    None,
]  # None: plans of several kinds together
# They speak of calendar quarters in a plan of any rhythm.
OF_QUARTERS = {"一季度", "前三季度", "每季度"}
SAYS_HOW = ("请写成 2017Q1", "年第%(number)s季度")


def _texts() -> set[str]:
    """Every text that is wrapped for translation, in code and templates, as gettext is asked for it."""
    found = set()
    for app in ("qhplan", "tasks", "reports"):
        for path in (ROOT / app).rglob("*.py"):
            if "migrations" in path.parts or "sample" in path.parts:
                continue
            for call in ast.walk(ast.parse(path.read_text())):
                if isinstance(call, ast.Call):
                    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
                    if name in {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext"}:
                        found |= {
                            item.value
                            for item in ast.walk(call)
                            if isinstance(item, ast.Constant) and isinstance(item.value, str)
                        }
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        found |= set(re.findall(r"\{% translate [\"'](.*?)[\"']", text))
        found |= set(re.findall(r"_\([\"'](.*?)[\"']\)", text))
        blocks = re.findall(r"\{% (?:blocktranslate|plural).*?%\}(.*?)\{% (?:plural|end)", text, re.DOTALL)
        found |= {re.sub(r"\{\{ (\w+) \}\}", r"%(\1)s", block) for block in blocks}
    return {text for text in found if "季" in text}


@pytest.mark.slow
def test_no_text_keeps_the_word_for_quarters() -> None:
    texts = {
        text for text in _texts() if text not in OF_QUARTERS and not any(how in text for how in SAYS_HOW)
    }
    assert len(texts) > 150
    for kind in OTHERS:
        kept = {text: reworded(text, kind) for text in texts if "季" in reworded(text, kind)}
        assert not kept


@pytest.mark.full
@pytest.mark.slow
def test_placeholders_stay_as_they_are() -> None:
    for text in _texts():
        for kind in OTHERS:
            assert sorted(re.findall(r"%\(\w+\)[sd]|%s", reworded(text, kind))) == sorted(
                re.findall(r"%\(\w+\)[sd]|%s", text)
            )


@pytest.mark.full
@pytest.mark.slow
def test_quarters_are_spoken_of_as_they_are_written() -> None:
    assert all(reworded(text, Rhythm.QUARTER) == text for text in _texts())


@pytest.mark.parametrize(
    ("text", "month", "joined", "half", "year", "several"),
    [
        ("本季度无进展", "本月无进展", "本期无进展", "本半年无进展", "本年度无进展", "本期无进展"),
        ("与上季相比", "与上月相比", "与上期相比", "与上一半年相比", "与上年相比", "与上期相比"),
        ("下一季", "下月", "下期", "下一半年", "下年", "下期"),
        ("季度", "月份", "月份", "半年", "年度", "填报周期"),
        ("生效季度", "生效月份", "生效月份", "生效半年", "生效年度", "生效填报周期"),
        ("季度简报", "月报", "月报", "半年简报", "年度简报", "各期简报"),
        ("本年各季合计", "本年各月合计", "本年各期合计", "本年各期合计", "本年各期合计", "本年各期合计"),
        (
            "连续 %(n)s 季",
            "连续 %(n)s 个月",
            "连续 %(n)s 期",
            "连续 %(n)s 个半年",
            "连续 %(n)s 年",
            "连续 %(n)s 期",
        ),
        (
            "这个季度没有应报的",
            "这个月没有应报的",
            "这一期没有应报的",
            "这个半年没有应报的",
            "这个年度没有应报的",
            "这一期没有应报的",
        ),
        ("前三季度", "前三季度", "前三季度", "前三季度", "前三季度", "前三季度"),
    ],
)
def test_a_text_speaks_of_the_plans_periods(
    text: str, month: str, joined: str, half: str, year: str, several: str
) -> None:
    assert [reworded(text, kind) for kind in OTHERS] == [month, joined, half, year, several]


def test_gettext_answers_with_the_words_of_the_plan_until_the_end() -> None:
    lazy = gettext_lazy("本季度无进展")
    with speaking(Rhythm.MONTH):
        assert (gettext("本季"), str(lazy), ngettext("本季%(n)d件", "本季%(n)d件", 2)) == (
            "本月",
            "本月无进展",
            "本月%(n)d件",
        )
        with speaking(Rhythm.YEAR):
            assert gettext("本季") == "本年度"
        assert gettext("本季") == "本月"
        speak(Rhythm.QUARTER)
        assert gettext("本季") == "本季"
    assert (gettext("本季"), str(lazy), spoken()) == ("本季", "本季度无进展", Rhythm.QUARTER)


def test_plans_of_one_kind_are_spoken_of_by_it_and_of_several_by_neither() -> None:
    assert shared([Rhythm.MONTH, Rhythm.MONTH]) is Rhythm.MONTH
    assert shared([Rhythm.MONTH, Rhythm.QUARTER]) is None
    assert shared([]) is Rhythm.QUARTER
    with speaking(None):
        assert (gettext("本季"), spoken()) == ("本期", None)
