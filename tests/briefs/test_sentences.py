"""Sentences composed from figures."""

from dataclasses import fields, replace
from typing import Any

import pytest

from reports.briefs import sentences
from reports.briefs.composition_context import plain
from reports.briefs.formatting import light_counts, rate
from reports.briefs.view_models import TaskView, light
from reports.figures.values import Change, Lights, Narrative, PlanFigures, Rate, TaskFigures
from tasks.values import Period
from tests.briefs import example

HEAD = "32项主要任务中，"


def _said(lights: Lights) -> str:
    return plain(light_counts(lights, HEAD, grey_by="牵头单位"))


def _task(**changes: Any) -> TaskFigures:
    """A task that was accepted, without words."""
    of_narrative = {field.name for field in fields(Narrative)}
    narrative = Narrative(**{key: value for key, value in changes.items() if key in of_narrative})
    others = {key: value for key, value in changes.items() if key not in of_narrative}
    task = replace(example.figures().tasks[0], state="accepted", stale_quarter=None, stale_light="")
    return replace(task, narrative=narrative, **others)


def _paragraph(**changes: Any) -> str:
    task = _task(**changes)
    if silent := sentences.silence(task):
        return plain(silent)
    return "".join(f"{label}{text}" for _key, label, text in sentences.task_words(task, str))


@pytest.mark.parametrize(
    ("part", "whole", "printed"),
    [
        (37, 39, "94.9%（37/39）"),
        (39, 39, "100%（39/39）"),
        (1999, 2000, "99.9%（1999/2000）"),  # not 100 while one is missing
        (1, 9999, "0.1%（1/9999）"),  # not 0 while there is one
        (0, 39, "0%（0/39）"),
        (1, 8, "12.5%（1/8）"),
        (0, 0, "无应报"),
    ],
)
def test_rate_shows_what_it_is_made_of(part: int, whole: int, printed: str) -> None:
    assert rate(part, whole) == printed


def test_lights_that_do_not_occur_are_left_out() -> None:
    assert _said(Lights(green=20, red=12)) == "32项主要任务中，正常20项、滞后12项"


def test_grey_is_told_apart_from_what_was_reported() -> None:
    assert _said(Lights(green=30, grey=2)) == "32项主要任务中，正常30项，2项牵头单位未报"


def test_nobody_reported() -> None:
    assert _said(Lights(grey=32)) == "32项主要任务中，牵头单位均未报送"
    assert _said(Lights(grey=1)) == "32项主要任务中，牵头单位未报送"


@pytest.mark.parametrize(
    ("lights", "printed"),
    [
        (Lights(green=5, grey=1), "已报送的5项均已核定。"),
        (Lights(green=5, unverified=5), "已报送的5项均为牵头单位自评，尚未核定。"),
        (Lights(green=5, unverified=2), "以上状态中，3项已经核定，2项为牵头单位自评、尚未核定。"),
        (Lights(green=1, grey=5), "已报送的1项已核定。"),
        (Lights(green=1, unverified=1), "已报送的1项为牵头单位自评，尚未核定。"),
        (Lights(grey=5), ""),
    ],
)
def test_verdict(lights: Lights, printed: str) -> None:
    assert plain(sentences.verdict(lights)) == printed


def test_task_that_was_not_reported_says_so() -> None:
    assert _paragraph(state="missing") == "牵头单位本季度未报送，此前也没有报送记录。"


def test_stale_light_is_shown_with_its_quarter() -> None:
    assert _paragraph(state="missing", stale_quarter=Period(2016, 4), stale_light="red") == (
        "牵头单位本季度未报送。最近一次报送为2016年第四季度，当时状态为“滞后”，不计入本季度。"
    )


def test_no_progress_is_a_report() -> None:
    assert _paragraph(no_progress=True, no_progress_reason="等待批复。", next_steps="加快报批") == (
        "进展情况：牵头单位报告本季度无进展，原因：等待批复。下步打算：加快报批。"
    )


def test_filed_elsewhere_has_no_content() -> None:
    assert _paragraph(elsewhere=True, done="不应出现") == "本项另渠道报送，计为已报，内容不在本简报中。"


def test_problems_are_numbered_when_several() -> None:
    assert (
        _paragraph(problems=(("资金", "到位慢。"), ("人才", "引进难")))
        == "存在问题：1.（资金）到位慢；2.（人才）引进难。"
    )
    assert _paragraph(problems=(("资金", "到位慢"),)) == "存在问题：（资金）到位慢。"


def test_note_of_a_returned_one_is_named_so() -> None:
    assert (
        _paragraph(state="returned", done="完成", decision_note="数据不符")
        == "进展情况：完成。退回意见：数据不符。"
    )


def test_report_without_words_says_nothing() -> None:
    assert _paragraph() == ""


def _changed(*changes: tuple[str, str], safeguards: tuple[str, ...] = ()) -> PlanFigures:
    """Figures with changes of (kind, reference), and safeguards of these references."""
    figures = example.figures()
    one = figures.safeguards[0]
    return replace(
        figures,
        changes=tuple(Change(ref, ref, "任务", None, "green", "red", kind) for kind, ref in changes),
        safeguards=tuple(replace(one, ref=ref) for ref in safeguards),
    )


def test_no_changes_no_sentence() -> None:
    assert sentences.changes(_changed()) == ""


def test_changes_are_counted_by_kind() -> None:
    kinds = ["worse", "worse", "done", "back"]
    said = sentences.changes(_changed(*((kind, f"3-1-{n}") for n, kind in enumerate(kinds))))
    assert plain(said) == "与上季度相比，主要任务转差2项、新完成1项、恢复报送1项。"


def test_changes_of_safeguards_are_counted_beside_the_main_tasks() -> None:
    changes = [("worse", ref) for ref in ("3-1-1", "4-1", "4-2")]
    both = _changed(*changes, safeguards=("4-1", "4-2"))
    assert plain(sentences.changes(both)) == "与上季度相比，主要任务转差1项；保障措施转差2项。"
    apart = _changed(*changes[1:], safeguards=("4-1", "4-2"))
    assert plain(sentences.changes(apart)) == "与上季度相比，保障措施转差2项。"


def test_what_comes_from_the_figures_is_fixed() -> None:
    said = light_counts(Lights(green=20, grey=2), HEAD, grey_by="牵头单位")
    assert said == "32项主要任务中，⟦正常20项⟧，⟦2项⟧牵头单位未报"


def _view(number: int, key: str, *, is_safeguard: bool) -> TaskView:
    return TaskView(
        ref=str(number),
        code=str(number),
        heading=f"任务{number}",
        lead="某厅",
        light=light(key),
        reported=light(key),
        verified=light(key),
        verification="",
        punctuality="按时",
        on_time=True,
        missing=False,
        co=Rate(),
        is_safeguard=is_safeguard,
    )


def _steps(*lights: str, missing: int = 0, unverified: int = 0, apart: int = 0) -> list[str]:
    tasks = [_view(number, key, is_safeguard=number <= apart) for number, key in enumerate(lights, 1)]
    figures = example.figures()
    co = next(item for item in figures.missing if item.duty == "co")
    figures = replace(
        figures,
        missing=(co,) * missing,
        lights=Lights(unverified=unverified),
        safeguard_lights=Lights(),
    )
    return [plain(text) for text in sentences.next_steps(figures, tasks)]


def test_next_steps_are_asked_for_by_figures() -> None:
    assert _steps("green", "blue") == []
    assert _steps("red", "yellow", missing=3, unverified=2) == [
        "对滞后的1项主要任务，由牵头单位逐项说明原因，提出整改措施和完成时限：“任务1”。",
        "对有风险的1项主要任务，加强跟踪调度：“任务2”。",
        "未报送的配合填报3件，由有关单位尽快补报。",
        "尚未核定的2项主要任务，由办公室抓紧核定。",
    ]


def test_safeguards_are_counted_beside_the_main_tasks() -> None:
    assert _steps("red", "red", "red", apart=1)[0].startswith("对滞后的2项主要任务和1项保障措施，")
    assert _steps("yellow", apart=1) == ["对有风险的1项保障措施，加强跟踪调度：“任务1”。"]


def test_many_names_are_cut_and_counted() -> None:
    assert _steps(*["red"] * 8)[0].endswith("“任务5”、“任务6”等8项。")
