"""What a plan is loaded from, checked before anything is written: the files of its folder (text.txt, structure.json,
corrections.json), or what the page 导入方案 holds of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tasks.errors import Problem, Problems
from tasks.plans import corrections, structure
from tasks.plans.corrections import Corrections
from tasks.plans.editing.application import apply
from tasks.plans.models import Frequency
from tasks.plans.names import clean, flatten
from tasks.plans.reading.reader import text_hash
from tasks.plans.structure import Quote, Structure
from tasks.values import Duty


@dataclass(frozen=True)
class Source:
    """A plan's text, structure and corrections, checked against one another."""

    slug: str
    text: str
    structure: Structure
    corrections: Corrections
    slug_place: str = ""  # beginning of the message about an invalid slug: what the user has to rename
    # Agencies of the register that stand for printed names because a person said so: {printed name: slug}.
    known_agencies: Mapping[str, str] = field(default_factory=dict)
    # As a person said; else by issuer and title.
    jurisdiction: Mapping[str, Any] = field(default_factory=dict)

    def find(self, quote: str, ref: str = "", between: tuple[int, int] | None = None) -> tuple[int, int]:
        """The `(start, end)` of the quote in the text, whatever its line breaks and punctuation.

        The search covers the task `ref` or the range `between` if given. Raises Problems without a match.
        """
        start, end = between or (0, len(self.text))
        if ref:
            task = next(task for task in self.structure.all_tasks if task.ref == ref)
            start, end = task.heading.start, task.body.end
        flat, offsets = flatten(self.text[start:end])
        words = clean(quote)
        place = flat.find(words)
        if not words or place < 0:
            raise Problems([_unknown(ref, quote)])
        return start + offsets[place], start + offsets[place + len(words) - 1] + 1


def check(folder: Path, slug: str | None = None) -> Source:
    """Reads and checks the folder; `slug` defaults to the folder's name.

    Raises Problems if a file is missing or was made from another text.
    """
    text = _read(folder / "text.txt")
    try:
        plan_structure = structure.from_json(_read(folder / "structure.json"))
    except (ValueError, TypeError, KeyError) as error:
        raise problem(
            _("structure.json 读不懂（%(error)s）。请用 manage.py read_plan %(text)s 重新生成。")
            % {"error": error, "text": folder / "text.txt"}
        ) from error
    path = folder / "corrections.json"
    manual = (
        corrections.parse(_read(path))
        if path.exists()
        else Corrections(text_sha256=plan_structure.text_sha256)
    )
    actual = text_hash(text)
    for name, stated in (
        ("structure.json", plan_structure.text_sha256),
        ("corrections.json", manual.text_sha256),
    ):
        if stated != actual:
            raise problem(
                _(
                    "%(name)s 不是由这份 text.txt 生成的：文件的 SHA-256 是 %(actual)s，而数据记的是 %(stated)s。"
                    "请恢复原来的文本；若文本确实更正过，请重新运行 manage.py read_plan，并核对 corrections.json。"
                )
                % {"name": name, "actual": actual[:16], "stated": stated[:16] or "—"}
            )
    edited = apply(text, plan_structure, manual.edits)
    if edited.failures:
        raise Problems(
            [
                Problem(
                    f"edits[{failure.number - 1}]",
                    _("corrections.json 的 edits 第%(number)d步：%(why)s")
                    % {"number": failure.number, "why": failure.reason},
                )
                for failure in edited.failures
            ]
        )
    if slug is None:
        slug, place = folder.resolve().name, _("请给方案目录改名，或用 --slug NAME 另给代号")
    else:
        place = "--slug"
    manual = combined(manual, edited.corrections)
    return assemble(slug, text, edited.structure, manual, slug_place=place, jurisdiction=edited.jurisdiction)


def assemble(
    slug: str,
    text: str,
    plan_structure: Structure,
    manual: Corrections,
    *,
    slug_place: str = "",
    known_agencies: Mapping[str, str] | None = None,
    jurisdiction: Mapping[str, Any] | None = None,
) -> Source:
    """A source of these parts. Raises Problems if they do not fit together."""
    wrong = [
        quote.name
        for quote in structure.walk(plan_structure)
        if isinstance(quote, Quote) and clean(quote.of(text)) != quote.name
    ]
    if wrong:
        raise problem(
            _("structure.json 中“%(name)s”等 %(count)d 处与原文对不上，请用 manage.py read_plan 重新生成。")
            % {"name": wrong[0], "count": len(wrong)}
        )
    source = Source(slug, text, plan_structure, manual, slug_place, known_agencies or {}, jurisdiction or {})
    _check_corrections(source)
    return source


def combined(one: Corrections, other: Corrections) -> Corrections:
    """The entries of both, for the text of the first."""
    lists: dict[str, Sequence[object]] = {
        item.name: (*getattr(one, item.name), *getattr(other, item.name))
        for item in fields(Corrections)
        if item.name != "text_sha256"
    }
    return replace(one, **lists)  # type: ignore[arg-type]  # each list is of the entries of its own field


def _check_corrections(source: Source) -> None:
    """Raises Problems if a correction names something that is neither in the text nor in the structure."""
    plan_structure, manual = source.structure, source.corrections
    problems: list[Problem] = []
    aliases = {alias.written for alias in manual.aliases}
    described = {entry.name for entry in manual.agencies}
    printed = {agency.name for agency in plan_structure.agencies}
    printed |= {entry.name for entry in manual.duties}
    for name in sorted(printed - described - aliases):
        problems.append(
            Problem(
                "agencies",
                _(
                    "单位“%(name)s”在方案中出现，但 corrections.json 的 agencies 没有写它的类别和代号。请补一行。"
                )
                % {"name": name},
            )
        )
    for name in sorted(described - printed):
        problems.append(_unknown("agencies", name))
    refs = {task.ref for task in plan_structure.all_tasks}
    targets = {target.quote.name for target in plan_structure.targets} | {
        clean(entry.quote) for entry in manual.add_targets
    }
    flat = clean(source.text)
    for alias in manual.aliases:
        if alias.name not in described:
            problems.append(_unknown("aliases", alias.name))
    for collective in manual.collectives:
        if collective.name not in printed:
            problems.append(_unknown("collectives", collective.name))
        problems += [
            _unknown("collectives", member.near)
            for member in collective.members
            if clean(member.near) not in flat or clean(member.quote) not in clean(member.near)
        ]
    for indicator in manual.indicators:
        problems += [_unknown("indicators", target) for target in indicator.targets if target not in targets]
        problems += [_unknown("indicators", ref) for ref in indicator.tasks if ref not in refs]
    problems += [
        _unknown("add_targets", entry.task)
        for entry in manual.add_targets
        if entry.task and entry.task not in refs
    ]
    placed = {
        "headings": [entry.task for entry in manual.headings],
        "duties": [entry.task for entry in manual.duties],
        "deadlines": [entry.task for entry in manual.deadlines],
    }
    problems += [_unknown(place, ref) for place, named in placed.items() for ref in named if ref not in refs]
    problems += [
        Problem(
            "duties",
            _("corrections.json 的 duties：身份“%(duty)s”不可用，可用：%(known)s。")
            % {"duty": entry.duty, "known": "、".join(Duty.values)},
        )
        for entry in manual.duties
        if entry.duty not in Duty.values
    ]
    problems += [
        Problem(
            "filing",
            _("corrections.json 的 filing：身份“%(role)s”或填报要求“%(frequency)s”不可用；牵头单位每期都报。")
            % {"role": entry.role, "frequency": entry.frequency},
        )
        for entry in manual.filing
        if entry.role not in Duty.values or entry.role == Duty.LEAD or entry.frequency not in Frequency.values
    ]
    problems += [
        Problem(
            "work_plans", _("corrections.json 的 work_plans：身份“%(role)s”不可用。") % {"role": entry.role}
        )
        for entry in manual.work_plans
        if entry.role not in Duty.values
    ]
    links = {(link.task, link.sector, link.direction) for link in plan_structure.links}
    for link in manual.remove_links:
        if (link.task, link.sector, link.direction) not in links:
            problems.append(_unknown("remove_links", f"{link.task} → {link.sector}"))
    projects = {project.name for project in plan_structure.projects}
    problems += [
        _unknown("remove_projects", p.name) for p in manual.remove_projects if p.name not in projects
    ]
    quotes = [
        *(link.quote for link in manual.add_links),
        *(project.quote for project in manual.add_projects),
        *(target.quote for target in manual.add_targets),
    ]
    problems += [_unknown("add", quote) for quote in quotes if clean(quote) not in flat]
    problems += [
        _unknown("agencies", entry.full_name_quote)
        for entry in manual.agencies
        if entry.full_name_quote and clean(entry.full_name_quote) not in flat
    ]
    if problems:
        raise Problems(problems)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise problem(
            _("读不了 %(path)s（%(error)s）。方案目录应有 UTF-8 的 text.txt 和 structure.json。")
            % {"path": path, "error": error}
        ) from error


def _unknown(place: str, words: str) -> Problem:
    return Problem(
        place,
        _("corrections.json 的 %(place)s 提到“%(words)s”，但原文或读出的结构中没有。请改正或删去这一项。")
        % {"place": place or "—", "words": words},
    )


def problem(message: str) -> Problems:
    return Problems([Problem("", message)])
