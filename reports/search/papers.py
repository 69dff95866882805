"""Finds papers: work plans, project reports, briefs with what was written into them, experts' comments. As of records, the
querysets alone say who may see what."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from reports.briefs.kinds import title_of
from reports.briefs.models import Brief, BriefState, BriefText
from reports.search.asking import Asker, counted, day_of, in_order, last_of_each, names_on, newest, note_of
from reports.search.plan_objects import title_rank
from reports.search.values import Finds, Hit, Rank
from tasks.comments.models import COMMENT_WORDS, Comment
from tasks.comments.queries import abouts
from tasks.finding import excerpt, runs
from tasks.grams import holds
from tasks.projects.models import PROJECT_OPEN_WORDS, PROJECT_WITHHELD_WORDS, ProjectVersion
from tasks.projects.models import Decision as ReportDecision
from tasks.workplans.models import (
    MEASURE_WORDS,
    MILESTONE_WORDS,
    Decision,
    Measure,
    Milestone,
    WorkPlanVersion,
)

_BRIEFS = 3000  # of which the titles are read: those asked for last


def work_plans(asker: Asker, most: int) -> Finds:
    """The last version of each work plan of which a measure or a milestone has the words."""
    measures = Measure.objects.filter(holds(asker.words, *MEASURE_WORDS))
    milestones = Milestone.objects.filter(holds(asker.words, *MILESTONE_WORDS))

    def load(ids: Sequence[int]) -> Iterable[Hit]:
        texts: dict[int, str] = {}
        steps = measures.filter(section__version__in=ids).order_by("-section__task__order", "-order")
        for rows in (
            milestones.filter(version__in=ids).order_by("-due").values_list("version_id", "text"),
            steps.values_list("section__version_id", "text"),
        ):
            texts.update(rows)  # the first of the measures, or else of the milestones
        versions = in_order(WorkPlanVersion.objects.select_related("work_plan"), ids)
        names = names_on(version.work_plan.agency_id for version in versions)
        for version in versions:
            day = timezone.localtime(version.submitted_at).date()
            yield Hit(
                Rank.RECORD,
                runs(names(version.work_plan.agency_id, day), asker.words),
                reverse("workplan_version", args=[version.work_plan_id, version.number]),
                excerpt(texts.get(version.pk, ""), asker.words),
                note_of(
                    str(version.work_plan.period.label),
                    _("第%(n)d版") % {"n": version.number},
                    version.get_decision_display() or _("%(day)s提交") % {"day": day_of(day)},
                ),
            )

    found = WorkPlanVersion.objects.visible_to(asker.user).filter(
        Q(pk__in=measures.values("section__version")) | Q(pk__in=milestones.values("version")),
        **asker.within("work_plan__plan"),
    )
    return last_of_each(found.exclude(decision=Decision.WITHDRAWN), "work_plan_id", most, load)


def project_reports(asker: Asker, most: int) -> Finds:
    """The last version of each project report that has the words; its problems only for those who read them."""
    whole = ProjectVersion.objects.shown_whole_to(asker.user)

    def load(ids: Sequence[int]) -> Iterable[Hit]:
        shown = set(whole.filter(pk__in=ids).values_list("pk", flat=True))
        versions = in_order(ProjectVersion.objects.select_related("project__plan").defer(*_PLAN_TEXTS), ids)
        names = names_on(version.agency_id for version in versions)
        for version in versions:
            words = PROJECT_OPEN_WORDS + (PROJECT_WITHHELD_WORDS if version.pk in shown else ())
            address = reverse("project", args=[version.project.plan.slug, version.project_id])
            yield Hit(
                Rank.RECORD,
                runs(version.project.name, asker.words),
                f"{address}?q={version.quarter}",
                asker.excerpt(getattr(version, name) for name in words),
                note_of(
                    version.quarter.label,
                    names(version.agency_id, version.quarter.last_day),
                    version.get_decision_display()
                    or _("%(day)s提交") % {"day": day_of(timezone.localtime(version.submitted_at).date())},
                ),
            )

    found = ProjectVersion.objects.visible_to(asker.user).filter(
        holds(asker.words, *PROJECT_OPEN_WORDS)
        | Q(pk__in=whole.filter(holds(asker.words, *PROJECT_WITHHELD_WORDS)).values("pk")),
        **asker.within("project__plan"),
    )
    return last_of_each(found.exclude(decision=ReportDecision.WITHDRAWN), "report_id", most, load)


_PLAN_TEXTS = ("project__plan__text", "project__plan__head")


def briefs(asker: Asker, most: int) -> Finds:
    """Briefs by their titles, which are made of kind, period and part and so are read here, and issued ones by the texts
    that their editors wrote; a text that was written anew is no longer in the brief."""
    seen = Brief.objects.visible_to(asker.user).filter(**asker.within("plan"))
    later = BriefText.objects.filter(brief=OuterRef("brief"), key=OuterRef("key"), pk__gt=OuterRef("pk"))
    written = BriefText.objects.filter(
        holds(asker.words, "text"), ~Exists(later), brief__in=seen.published().values("pk")
    )
    having = set(written.order_by().values_list("brief_id", flat=True))
    fields = ("pk", "kind", "quarter", "scope_name", "state", "number", "issued_at")
    ranked = []
    for row in seen.order_by("-pk").values_list(*fields)[:_BRIEFS]:
        pk, kind, quarter, scope_name, _state, number, _issued_at = row
        issue = _("第%(number)d期") % {"number": number} if number else ""
        title = note_of(title_of(kind, quarter, scope_name), issue)
        rank = title_rank(title, asker.query)
        if rank is not None or pk in having:
            ranked.append((Rank.EXACT if rank is Rank.EXACT else Rank.RECORD, title, row))

    def load(shown: Sequence[tuple[Rank, str, tuple[Any, ...]]]) -> Iterable[Hit]:
        texts = dict(
            written.filter(brief__in=[row[0] for _rank, _title, row in shown])
            .order_by("-pk")
            .values_list("brief_id", "text")
        )
        for rank, title, row in shown:
            pk, state, issued_at = row[0], row[4], row[6]
            yield Hit(
                rank,
                runs(title, asker.words),
                reverse("brief", args=[pk]),
                excerpt(texts[pk], asker.words) if pk in texts else [],
                note_of(
                    str(BriefState(state).label),
                    _("%(day)s印发") % {"day": day_of(timezone.localtime(issued_at).date())}
                    if issued_at
                    else "",
                ),
            )

    return counted(sorted(ranked, key=lambda one: one[0]), most, load)


def comments(asker: Asker, most: int) -> Finds:
    """Experts' comments that stand; what they are on is named where the reader may open it."""

    def load(ids: Sequence[int]) -> Iterable[Hit]:
        rows = in_order(Comment.objects.all(), ids)
        about = abouts(rows, asker.user)
        for comment in rows:
            one = about.get((comment.kind, comment.subject_id))
            yield Hit(
                Rank.RECORD,
                runs(note_of(one.word, one.name) if one and one.page else _("专家意见"), asker.words),
                reverse("comment", args=[comment.pk]),
                excerpt(comment.text, asker.words),
                day_of(timezone.localtime(comment.at).date()),
            )

    seen = Comment.objects.visible_to(asker.user).filter(
        holds(asker.words, *COMMENT_WORDS), withdrawn_at__isnull=True
    )
    return newest(seen.of_plan(asker.plan) if asker.plan else seen, most, load)
