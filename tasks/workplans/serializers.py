"""Work plans as JSON: what is shown of them, loaded in a fixed number of queries, and what is taken in."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.people.permissions import may_see_problems_of, may_see_telephones
from tasks.workplans.content import TaskContent
from tasks.workplans.milestones import WORDS_LIMIT
from tasks.workplans.models import (
    MilestoneReport,
    State,
    WorkPlan,
    WorkPlanDecision,
    WorkPlanDraft,
    WorkPlanVersion,
)
from tasks.workplans.transitions import NOTE_LIMIT
from tasks.workplans.values import WorkPlanPeriod

BATCH = 1000
BIGINT = 2**63 - 1


@extend_schema_field({"type": "string", "pattern": "^(whole|[0-9]{4})$", "example": "2017"})
class WorkPlanPeriodField(serializers.Field[WorkPlanPeriod, str, str, Any]):
    """`whole` for the 实施方案, a year for 年度要点."""

    def to_internal_value(self, data: object) -> WorkPlanPeriod:
        try:
            return WorkPlanPeriod.parse(str(data))
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error

    def to_representation(self, value: WorkPlanPeriod) -> str:
        return str(value)


# -- what is said -------------------------------------------------------------------------------------------


class NodeSerializer(serializers.Serializer[Any]):
    """节点. `id` is what a report names (null in a draft); `key` stays through all versions; `due` is null in a draft
    whose day cannot be read, which is in `typed`."""

    id = serializers.IntegerField(read_only=True, allow_null=True)
    key = serializers.CharField(read_only=True)
    text = serializers.CharField(read_only=True)
    due = serializers.DateField(read_only=True, allow_null=True)
    typed = serializers.CharField(read_only=True)
    evidence = serializers.CharField(read_only=True)


class StepSerializer(serializers.Serializer[Any]):
    """举措. `contact` is null for readers who have no need of names."""

    key = serializers.CharField(read_only=True)
    text = serializers.CharField(read_only=True)
    division = serializers.CharField(read_only=True)
    contact = serializers.SerializerMethodField()
    milestones = NodeSerializer(source="nodes", many=True, read_only=True)

    def get_contact(self, step: Any) -> str | None:
        return step.contact if self.context["sees_contacts"] else None


class ContentSerializer(serializers.Serializer[Any]):
    """任务安排: measures, or the reason why there are none."""

    task = serializers.CharField(source="ref", read_only=True)
    duty = serializers.CharField(read_only=True)
    none_reason = serializers.CharField(read_only=True)
    measures = StepSerializer(source="steps", many=True, read_only=True)


class MilestoneInputSerializer(serializers.Serializer[Any]):
    """`key` of one that is kept; none for a new one. `due`: 2017-06-30, 2017年6月, within 年度要点 also 6月底."""

    key = serializers.CharField(required=False, allow_blank=True, default="")
    text = serializers.CharField(allow_blank=True, default="")
    due = serializers.CharField(allow_blank=True, default="")
    evidence = serializers.CharField(allow_blank=True, default="")


class MeasureInputSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(required=False, allow_blank=True, default="")
    text = serializers.CharField(allow_blank=True, default="")
    division = serializers.CharField(allow_blank=True, default="")
    contact = serializers.CharField(allow_blank=True, default="")
    milestones = MilestoneInputSerializer(many=True, default=list)


class WorkPlanDraftSerializer(serializers.ModelSerializer[WorkPlanDraft]):
    """What an agency is writing on a task; `revision` goes back with the next save."""

    task = serializers.SlugRelatedField[Any]("ref", read_only=True)
    measures = MeasureInputSerializer(many=True, read_only=True)
    saved_by = serializers.StringRelatedField[User](read_only=True)

    class Meta:
        model = WorkPlanDraft
        fields = ["task", "revision", "none_reason", "measures", "saved_at", "saved_by"]


class WorkPlanDecisionRecordSerializer(serializers.ModelSerializer[WorkPlanDecision]):
    """A decision on a version, its being taken back, or its correction; why it was, those read who may see reasons."""

    decided_by = serializers.StringRelatedField[User](read_only=True)
    reason = serializers.SerializerMethodField()

    class Meta:
        model = WorkPlanDecision
        fields = ["kind", "decision", "decided_at", "decided_by", "reason"]

    def get_reason(self, record: WorkPlanDecision) -> str | None:
        user = signed_in(self.context["request"])
        return record.reason if may_see_problems_of(user, {record.version.work_plan.agency_id}) else None


class WorkPlanVersionSerializer(serializers.ModelSerializer[WorkPlanVersion]):
    """A work plan as it was submitted, and the office's word on it; `note` says why a confirmed one was changed."""

    submitted_by = serializers.StringRelatedField[User](read_only=True)
    decided_by = serializers.StringRelatedField[User](read_only=True, allow_null=True)
    decision_note = serializers.SerializerMethodField()
    decisions = WorkPlanDecisionRecordSerializer(many=True, read_only=True)

    class Meta:
        model = WorkPlanVersion
        fields = [
            "id",
            "number",
            "doc_number",
            "paper_date",
            "note",
            "submitted_at",
            "submitted_by",
            "decision",
            "decided_at",
            "decided_by",
            "decision_note",
            "decisions",
        ]

    def get_decision_note(self, version: WorkPlanVersion) -> str | None:
        """Null for readers who may not see reasons."""
        user = signed_in(self.context["request"])
        agency_id = version.work_plan.agency_id
        return version.decision_note if may_see_problems_of(user, {agency_id}) else None


class WorkPlanSerializer(serializers.ModelSerializer[WorkPlan]):
    """An agency's 实施方案 or 年度要点. For others than its agency `state` is that of the last version that they may see;
    `versions` are those, the last first."""

    plan = serializers.SlugRelatedField[Any]("slug", read_only=True)
    agency = serializers.SlugRelatedField[Any]("slug", read_only=True)
    period = WorkPlanPeriodField(read_only=True)
    state = serializers.SerializerMethodField()
    versions = WorkPlanVersionSerializer(many=True, read_only=True)

    class Meta:
        model = WorkPlan
        fields = ["id", "plan", "agency", "period", "state", "versions"]

    def get_state(self, head: WorkPlan) -> State:
        if head.agency_id == signed_in(self.context["request"]).agency_id:
            return State(head.state)
        return State(head.versions.all()[0].decision or State.SUBMITTED)


class WorkPlanDetailSerializer(WorkPlanSerializer):
    """With what it says: `sections` of the version asked for (?version=, default: the last), `draft` what its own agency
    has written since, each task's with its `revision`."""

    sections = serializers.SerializerMethodField()
    draft = serializers.SerializerMethodField()

    class Meta(WorkPlanSerializer.Meta):
        fields = [*WorkPlanSerializer.Meta.fields, "sections", "draft"]

    @extend_schema_field(ContentSerializer(many=True, allow_null=True))
    def get_sections(self, head: WorkPlan) -> Any:
        return self._contents(head, self.context["sections"])

    @extend_schema_field(WorkPlanDraftSerializer(many=True, allow_null=True))
    def get_draft(self, head: WorkPlan) -> Any:
        drafts = self.context["drafts"]
        return None if drafts is None else WorkPlanDraftSerializer(drafts, many=True).data

    def _contents(self, head: WorkPlan, contents: list[TaskContent] | None) -> Any:
        if contents is None:
            return None
        sees = may_see_telephones(signed_in(self.context["request"]), {head.agency_id})
        return ContentSerializer(contents, many=True, context={"sees_contacts": sees}).data


# -- what is taken in ---------------------------------------------------------------------------------------


class SectionInputSerializer(serializers.Serializer[Any]):
    """All that is said of a task: what is left out is emptied. `revision` is that of the draft that was read, null for
    a first one. 严禁填报涉密信息: what is secret is filed elsewhere."""

    revision = serializers.IntegerField(allow_null=True, default=None, min_value=0)
    none_reason = serializers.CharField(allow_blank=True, default="")
    measures = MeasureInputSerializer(many=True, default=list)


class SectionItemSerializer(SectionInputSerializer):
    task = serializers.CharField(max_length=20)


class SaveSerializer(serializers.Serializer[Any]):
    """Sections of one of the caller's agency's work plans."""

    plan = serializers.SlugField()
    period = WorkPlanPeriodField()
    sections = SectionItemSerializer(many=True, allow_empty=False)

    def validate_sections(self, sections: list[Any]) -> list[Any]:
        if len(sections) > BATCH:
            raise serializers.ValidationError(_("一次最多 %(limit)d 项任务。") % {"limit": BATCH})
        return sections


class IdsSerializer(serializers.Serializer[Any]):
    work_plans = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=BIGINT), allow_empty=False, max_length=BATCH
    )


class NotedIdsSerializer(IdsSerializer):
    note = serializers.CharField(allow_blank=True, default="", max_length=NOTE_LIMIT)


class WorkPlanDecisionSerializer(serializers.Serializer[Any]):
    """`confirm` a version, or return it with a `note` that says why."""

    version = serializers.IntegerField(min_value=1, max_value=BIGINT)
    confirm = serializers.BooleanField()
    note = serializers.CharField(allow_blank=True, default="", max_length=NOTE_LIMIT)


class WorkPlanCorrectedSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField(min_value=1, max_value=BIGINT)
    confirm = serializers.BooleanField()


class WorkPlanCorrectionSerializer(serializers.Serializer[Any]):
    """Decisions in the place of those that somebody else made, with one reason."""

    decisions = serializers.ListField(
        child=WorkPlanCorrectedSerializer(), allow_empty=False, max_length=BATCH
    )
    reason = serializers.CharField(max_length=NOTE_LIMIT)


# -- milestones ---------------------------------------------------------------------------------------------


class ReportSerializer(serializers.ModelSerializer[MilestoneReport]):
    """节点完成. It counts while it was neither taken back nor refuted; `refute_reason` is null for readers who may not
    see reasons."""

    plan = serializers.SlugRelatedField[Any]("slug", read_only=True)
    agency = serializers.SlugRelatedField[Any]("slug", read_only=True)
    reported_by = serializers.StringRelatedField[User](read_only=True)
    refute_reason = serializers.SerializerMethodField()

    class Meta:
        model = MilestoneReport
        fields = [
            "id",
            "plan",
            "agency",
            "milestone",
            "key",
            "reached_on",
            "words",
            "reported_at",
            "reported_by",
            "undone_at",
            "undo_reason",
            "refuted_at",
            "refute_reason",
        ]

    def get_refute_reason(self, report: MilestoneReport) -> str | None:
        user = signed_in(self.context["request"])
        return report.refute_reason if may_see_problems_of(user, {report.agency_id}) else None


class ReportInputSerializer(serializers.Serializer[Any]):
    """A milestone of a confirmed work plan, the day on which it was reached, and what shows it."""

    milestone = serializers.IntegerField(min_value=1, max_value=BIGINT)
    reached_on = serializers.DateField()
    words = serializers.CharField(max_length=WORDS_LIMIT)


class ReasonedSerializer(serializers.Serializer[Any]):
    """Reports, and a reason for all of them."""

    reports = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=BIGINT), allow_empty=False, max_length=BATCH
    )
    reason = serializers.CharField(max_length=NOTE_LIMIT)
