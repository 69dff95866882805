"""The reader on the first plan, and on texts made from it by renaming, swapping and deleting."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from tasks.plans.names import clean
from tasks.plans.reading.reader import ReadError, read
from tasks.plans.structure import Quote, from_json, to_json, walk
from tests.plans.texts import DIRECTIONS, FOLDER, TASKS, TEXT, changed, everything, found, names, task

READER = [
    *sorted((settings.BASE_DIR / "tasks/plans/reading").glob("*.py")),
    settings.BASE_DIR / "tasks/plans/reading/reader.py",
]


def test_every_quote_is_its_name() -> None:
    quotes = [span for span in walk(found()) if isinstance(span, Quote)]
    assert len(quotes) > 400
    assert [q.name for q in quotes if clean(TEXT[q.start : q.end]) != q.name or not q.name] == []


def test_structure_survives_its_file() -> None:
    assert from_json(to_json(found())) == found()


def test_structure_file_is_what_the_reader_finds() -> None:
    assert (FOLDER / "structure.json").read_text(encoding="utf-8") == to_json(found())


def test_reader_has_nothing_to_note() -> None:
    assert found().notes == ()


@pytest.mark.parametrize("module", READER, ids=lambda path: path.stem)
def test_reader_names_nothing_of_this_plan(module: Path) -> None:
    """Neither a body nor a heading, in code or in patterns. Comments and docstrings may give examples."""
    code = re.sub(r'"""[\s\S]*?"""|#[^\n]*', "", module.read_text(encoding="utf-8"))
    structure = found()
    headings = [
        q.heading.name
        for q in (*structure.parts, *structure.principles, *structure.sectors, *structure.groups)
    ]
    headings += [d.heading.name for s in structure.sectors for d in s.directions]
    headings += [t.heading.name for t in structure.all_tasks]
    places = [n.name for b in structure.bases for n in (b.city, *b.names)]
    taboo = [*headings, *places, *(a.quote.name for a in structure.agencies), "青海"]
    assert [word for word in taboo if word in code] == []


# -- head ----------------------------------------------------------------------------------------------------


def test_head_fields_glued_two_to_a_line() -> None:
    head = found().head
    assert head.issuer is not None
    assert head.doc_number is not None
    assert (head.issuer.name, head.doc_number.name) == ("青海省人民政府", "青政〔2016〕48号")


def test_head_title_over_three_lines() -> None:
    head = found().head
    assert head.notice_title.name == "青海省人民政府关于印发中国制造2025青海行动方案的通知"
    assert TEXT[head.notice_title.start : head.notice_title.end].count("\n") == 2
    assert head.title.name == "中国制造2025青海行动方案"


def test_head_dates() -> None:
    head = found().head
    days = (head.passed_on, head.issued_on, head.in_force_from, head.in_force_to)
    assert [day and day.day.isoformat() for day in days] == [
        "2016-06-15",
        "2016-06-27",
        "2016-07-26",
        "2025-12-31",
    ]


def test_head_year_of_passing_is_inferred() -> None:
    passed = found().head.passed_on
    assert passed is not None
    assert (TEXT[passed.start : passed.end], passed.inferred) == ("6月15日", "year")


def test_head_interpreter() -> None:
    interpreter = found().head.interpreter
    assert interpreter is not None
    assert interpreter.name == "青海省经济和信息化委员会"


# -- headings ------------------------------------------------------------------------------------------------


def test_parts_by_how_they_are_built() -> None:
    assert [part.kind for part in found().parts] == ["aims", "sectors", "tasks", "safeguards"]


def test_principles() -> None:
    assert [principle.heading.name for principle in found().principles] == [
        "市场主导，政府引导",
        "绿色发展，质量为先",
        "创新驱动，人才为本",
        "融合发展，强化基础",
        "深化改革，开放合作",
    ]


def test_sectors_and_directions() -> None:
    assert [len(sector.directions) for sector in found().sectors] == DIRECTIONS


def test_groups_and_tasks() -> None:
    assert [len(group.tasks) for group in found().groups] == TASKS
    assert [group.number for group in found().groups] == list(range(1, 10))


def test_safeguards() -> None:
    assert [task.ref for task in found().safeguards] == [f"4-{n}" for n in range(1, 8)]


def test_heading_glued_to_the_paragraph_before() -> None:
    group = found().groups[8]
    assert TEXT[group.heading.start - 4 : group.heading.start] == ")(九)"
    assert group.heading.name == "深化产业国际合作，拓展制造业发展新空间"
    assert len(found().groups[7].tasks) == 4


def test_task_in_two_paragraphs_of_which_the_second_has_the_bracket() -> None:
    third = task(found(), "3-4-3")
    assert "\n\n" in TEXT[third.body.start : third.body.end]
    assert names(third) == [
        "省质监局",
        "各市州人民政府",
        "省工商局",
        "省食品药品监管局",
        "西宁经济技术开发区",
        "柴达木循环经济试验区",
        "海东工业园区管委会",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", ["决\n\n定性", "集成制造\n\n能力", "万\n\n众创新", "建材等\n\n行业", "废弃物\n\n综合利用"]
)
def test_sentence_wrapped_with_an_empty_line(words: str) -> None:
    assert words in TEXT
    assert everything(changed((words, words.replace("\n\n", "")))) == everything(found())


def test_names_wrapped_anywhere_are_read_whole() -> None:
    """Break every line after 30 characters, as a narrow print would: the same plan is found."""
    start = TEXT.index("(一)完善")
    lines = [
        line if len(line) < 60 else re.sub(r"(.{30})(?=.)", "\\1\n", line)
        for line in TEXT[start:].split("\n")
    ]
    assert everything(read(TEXT[:start] + "\n".join(lines))) == everything(found())


def test_full_width_print_reads_the_same() -> None:
    wide = TEXT.translate(str.maketrans("｡､,;:", "。、，；：")).replace("(", "（").replace(")", "）")
    assert everything(read(wide)) == everything(found())


# -- responsibility brackets ---------------------------------------------------------------------------------


def test_brackets_and_mentions() -> None:
    mentions = [mention for task in found().all_tasks for mention in task.mentions]
    assert sum(task.bracket is not None for task in found().all_tasks) == 39
    assert [sum(m.duty == duty for m in mentions) for duty in ("lead", "co")] == [39, 237]


def test_printed_names() -> None:
    assert len(found().agencies) == 37


def test_other_brackets_are_no_lists() -> None:
    """18 round brackets explain a word; 26 number a heading; 39 are lists."""
    assert TEXT.count("(") == 83
    assert {"尤其饲料加工和肉食品加工", "即“四基”", "套", "园区"} & {
        agency.quote.name for agency in found().agencies
    } == set()


def test_rule_inside_the_first_bracket() -> None:
    rule, first = found().lead_rule, task(found(), "3-1-1")
    assert rule is not None
    assert rule.name == "排序第一单位为牵头单位，其余单位按职责分工分别负责，下同"
    assert first.bracket is not None
    assert not TEXT[first.bracket.start : first.bracket.end].endswith("负责)")
    assert names(first)[0] == "省科技厅"
    assert names(first)[-1] == "海东工业园区管委会"
    assert len(names(first)) == 10


def test_comma_and_enumeration_comma_mixed() -> None:
    assert names(task(found(), "3-5-2"))[:3] == ["省经济和信息化委", "各市州人民政府", "省发展改革委"]
    assert names(task(found(), "3-4-2"))[2:4] == ["省经济和信息化委", "西宁经济技术开发区"]


def test_one_suffix_serves_three_zones() -> None:
    lent = {agency.quote.name: agency.suffix for agency in found().agencies if agency.suffix}
    assert lent == {"西宁经济技术开发区": "管委会", "柴达木循环经济试验区": "管委会"}


def test_name_printed_without_its_province_stays_as_printed() -> None:
    assert names(task(found(), "3-8-2"))[4] == "商务厅"


def test_lead_body_in_prose_is_no_mention() -> None:
    assert "各牵头单位要切实履行职责" in TEXT
    assert names(task(found(), "4-7"))[0] == "省经济和信息化委"


def test_collectives_by_their_words() -> None:
    assert [a.quote.name for a in found().agencies if a.collective] == [
        "各市州人民政府",
        "青海省制造强省建设领导小组成员单位",
    ]


# -- targets, bases, projects, links -------------------------------------------------------------------------


def test_targets_by_year() -> None:
    numbers = {year: [t for t in found().targets if t.year == year] for year in (2020, 2025)}
    assert [len(numbers[year]) for year in (2020, 2025)] == [12, 11]
    assert [(t.value, t.unit) for t in numbers[2020] if t.value is not None] == [
        (12, "%"),
        (5, "个"),
        (20, "家"),
    ]
    assert [t for t in numbers[2025] if t.value is not None] == []


def test_two_targets_joined_by_a_comma() -> None:
    texts = [target.quote.name for target in found().targets]
    assert "建成5个国家级科技创新平台" in texts
    assert "培育20家产值过亿元高新技术企业" in texts
    assert "制造业数字化、网络化、智能化加快推进" in texts


def test_threshold_is_no_target() -> None:
    target = next(t for t in found().targets if "过亿元" in t.quote.name)
    assert (target.value, target.unit, target.threshold) == (20, "家", "产值过亿元")
    reworded = changed(("培育20家产值过亿元高新技术企业", "培育一批产值过10亿元高新技术企业"))
    assert [t.value for t in reworded.targets if "过10亿元" in t.quote.name] == [None]


def test_names_that_look_like_numbers_are_no_values() -> None:
    values = {target.value for target in found().targets}
    assert values == {None, 12, 5, 20, 4, 3, 15, 10, 30, 1000}


def test_promises_without_a_year() -> None:
    undated = [(t.task, t.value, t.unit, t.comparison) for t in found().targets if t.year is None]
    assert undated == [
        ("", 4, "个", ""),
        ("", 3, "条", ""),
        ("3-6-4", 15, "个", ""),
        ("3-6-4", 5, "个", ""),
        ("3-6-4", 10, "个", ""),
        ("3-8-1", 30, "家", "左右"),
        ("4-2", 1000, "名", "左右"),
    ]


def test_bases() -> None:
    assert [(b.city.name, b.level.name, len(b.names)) for b in found().bases] == [
        ("西宁市", "千亿", 2),
        ("西宁市", "五百亿", 3),
        ("海东市", "千亿", 1),
        ("海东市", "五百亿", 3),
        ("海西州", "千亿", 2),
        ("海西州", "五百亿", 4),
    ]
    assert "民和工业园区" in [name.name for base in found().bases for name in base.names]


def test_clusters() -> None:
    assert [cluster.quote.name for cluster in found().clusters] == ["锂电", "光伏光热", "新材料", "盐湖化工"]


def test_projects() -> None:
    assert [(project.sector, project.name) for project in found().projects] == [
        (3, "680MN多功能模锻压机组项目"),
        (4, "金属镁一体化一期"),
        (4, "金属镁一体化二期"),
        (4, "格尔木炼油厂炼化一体化扩能改造项目"),
        (5, "“和谐青海”政务云"),
        (5, "“幸福青海”民生云"),
        (5, "“大美青海”生态云"),
        (5, "“活力青海”产业云"),
        (5, "高分辨率对地观测系统青海数据与应用中心"),
        (None, "青海国家大学科技园"),
    ]


def test_second_phase_takes_its_name_from_the_first() -> None:
    second = next(project for project in found().projects if project.inferred)
    assert (second.quote.name, second.inferred) == ("二期", "金属镁一体化二期")


def test_links_show_the_words() -> None:
    links = {(link.task, link.sector): link.quote.name for link in found().links if link.direction is None}
    assert links[("3-3-1", 4)] == "盐湖化工"
    assert links[("3-7-3", 5)] == "高分辨率对地观测系统青海数据与应用中心"
    for link in found().links:
        own = task(found(), link.task)
        assert own.heading.start <= link.quote.start
        assert link.quote.end <= own.body.end


def test_base_name_is_no_link() -> None:
    """生物科技产业园区 does not make 推进产业基地建设 a matter of the biological sector."""
    assert [link for link in found().links if link.task == "3-6-4"] == []


# -- the text changes, the structure follows -----------------------------------------------------------------


def test_agency_renamed() -> None:
    before, after = everything(found()), everything(changed(("省质监局", "省测试创新署")))
    assert after["mentions"] == [row.replace("省质监局", "省测试创新署") for row in before["mentions"]]
    assert len(after["mentions"]) == 276


def test_every_agency_renamed() -> None:
    renamed = changed(*[(a.quote.name, f"第{n}号") for n, a in enumerate(by_length())])
    assert len(renamed.agencies) == 37
    assert sum(len(task.mentions) for task in renamed.all_tasks) == 276


def by_length() -> list:
    return sorted(found().agencies, key=lambda agency: -len(agency.quote.name))


def test_headings_renamed() -> None:
    structure = changed(
        ("四､保障措施", "四､支撑条件"),
        ("三､主要任务", "三､重点工作"),
        ("二､重点领域", "二､发展方向"),
        ("(二)基本原则", "(二)若干要求"),
        ("1.构建产业技术创新体系｡", "1.甲乙丙丁｡"),
        ("(一)新能源产业｡", "(一)核聚变产业｡"),
    )
    assert [part.heading.name for part in structure.parts][1:] == ["发展方向", "重点工作", "支撑条件"]
    assert [part.kind for part in structure.parts] == [part.kind for part in found().parts]
    assert [len(group.tasks) for group in structure.groups] == TASKS
    assert (len(structure.safeguards), len(structure.principles)) == (7, 5)
    assert task(structure, "3-1-1").heading.name == "甲乙丙丁"
    assert structure.sectors[0].heading.name == "核聚变产业"
    assert ("3-6-2", 1) not in [
        (link.task, link.sector) for link in structure.links if link.matter != "新能源装备"
    ]


def test_two_tasks_swapped() -> None:
    first, second = task(found(), "3-2-1"), task(found(), "3-2-2")
    assert first.bracket is not None
    assert second.bracket is not None
    a = slice(first.heading.start, first.bracket.end)
    b = slice(second.heading.start, second.bracket.end)
    structure = read(TEXT[: a.start] + TEXT[b] + TEXT[a.stop : b.start] + TEXT[a] + TEXT[b.stop :])
    assert [task(structure, ref).heading.name for ref in ("3-2-1", "3-2-2")] == [
        second.heading.name,
        first.heading.name,
    ]
    assert [names(task(structure, ref)) for ref in ("3-2-1", "3-2-2")] == [names(second), names(first)]


def test_agency_deleted_from_a_bracket() -> None:
    structure = changed(("(省质监局,各市州人民政府,省工商局", "(各市州人民政府,省工商局"))
    third = task(structure, "3-4-3")
    assert names(third) == names(task(found(), "3-4-3"))[1:]
    assert [mention.duty for mention in third.mentions] == ["lead", *["co"] * 5]


def test_direction_deleted() -> None:
    sector = found().sectors[1]
    gone = sector.directions[2]
    following = sector.directions[3]
    structure = read(TEXT[: gone.heading.start - 2] + TEXT[following.heading.start - 2 :])
    assert [d.heading.name for d in structure.sectors[1].directions] == [
        d.heading.name for d in sector.directions if d is not gone
    ]
    assert [len(s.directions) for s in structure.sectors] == [2, 4, 5, 2, 3, 2, 2]


def test_bracket_deleted_is_asked_about_and_the_task_stays() -> None:
    own = task(found(), "3-7-2")
    assert own.bracket is not None
    structure = read(TEXT[: own.bracket.start] + TEXT[own.bracket.end :])
    assert len(structure.tasks) == 32
    assert names(task(structure, "3-7-2")) == []
    assert [(question.kind, question.words) for question in structure.questions] == [
        ("no_bracket", own.heading.name)
    ]


def test_base_deleted_is_noted() -> None:
    structure = changed(("乐都工业园区､", ""))
    assert [(note.kind, note.detail) for note in structure.notes] == [("count_differs", "3≠2")]


def test_target_changed() -> None:
    structure = changed(
        ("建成5个国家级科技创新平台", "建成不少于7个国家级科技创新平台"), ("到2020年", "到2021年")
    )
    target = next(t for t in structure.targets if "科技创新平台" in t.quote.name)
    assert (target.year, target.value, target.comparison) == (2021, 7, "不少于")


# -- what cannot be read -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "文件是空的"),
        ("只有一段话，没有标题。", "没有“一、”这样的编号标题"),
    ],
)
def test_text_that_is_no_plan_is_refused_with_a_sentence(text: str, says: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(text)
    assert says in str(caught.value)


def test_number_printed_twice_is_read_and_asked_about() -> None:
    structure = changed(("2.电力装备｡", "1.电力装备｡"))
    assert [d.heading.name for s in structure.sectors for d in s.directions] == [
        d.heading.name for s in found().sectors for d in s.directions
    ]
    assert [question.kind for question in structure.questions] == ["numbering"]
