"""Returns as JSON: what is shown of them, loaded in a fixed number of queries, and what is taken in."""

from datetime import datetime
from typing import Any

from django.core.validators import validate_slug
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from qhplan import clock
from tasks import typed
from tasks.cycles.actions import CycleState, state_of
from tasks.cycles.lateness import later_of
from tasks.cycles.models import Cycle, Extension
from tasks.indicators.values import stage_of
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.serializers import MomentField, PeriodField
from tasks.submissions.evidence.models import DraftEvidence, VersionEvidence
from tasks.submissions.evidence.serializers import EvidenceSerializer
from tasks.submissions.fields import FIELDS, Kind, SubmissionField
from tasks.submissions.marks import mark_columns, marks
from tasks.submissions.models import (
    AdoptedPiece,
    DecisionRecord,
    Figure,
    State,
    Submission,
    Verification,
    Version,
    VersionBasis,
)
from tasks.submissions.permissions import readable_versions, withheld_fields
from tasks.values import FILED_DUTIES, Light, Period

BATCH = 1000  # items of one request; the first plan has 485 returns a quarter
NOTE = 2000  # characters of a reason, as in the forms
BIGINT = 2**63 - 1


class CycleSerializer(serializers.ModelSerializer[Cycle]):
    """A quarter that was opened, and what is due when. `is_backfill` 补录: it was opened after the next had ended."""

    quarter = PeriodField(read_only=True)
    is_backfill = serializers.BooleanField(read_only=True)
    state = serializers.SerializerMethodField()

    class Meta:
        model = Cycle
        fields = [
            "quarter",
            "state",
            "is_backfill",
            "opened_at",
            "co_due",
            "lead_due",
            "decision_due",
            "closes_at",
        ]

    def get_state(self, cycle: Cycle) -> CycleState:
        return state_of(cycle, clock.now())


# -- reading returns ----------------------------------------------------------------------------------------

# What some readers may not see comes after the rest.
_CONTENT = [
    *(field.name for field in FIELDS if not field.withheld),
    *(field.name for field in FIELDS if field.withheld),
]


class ProblemSerializer(serializers.Serializer[Any]):
    """存在问题: `category` is one of money, land, approval, talent, technology, market, other."""

    category = serializers.CharField(max_length=20)
    text = serializers.CharField(allow_blank=True, trim_whitespace=False)


class FigureSerializer(serializers.ModelSerializer[Figure]):
    """A figure. `quarter` is the one that it speaks of: that of the return, or an earlier one whose figure was
    preliminary or not published then. Of a yes or no, `value` is 1 or 0; `text` is that of a qualitative one."""

    indicator = serializers.SlugRelatedField[Any]("slug", read_only=True)
    quarter = PeriodField(read_only=True)
    stage = serializers.SerializerMethodField(
        help_text="estimate, flash, preliminary or audited; empty for a final figure."
    )

    def get_stage(self, figure: Figure) -> str:
        return stage_of(figure.preliminary, figure.stage).value

    class Meta:
        model = Figure
        fields = [
            "indicator",
            "quarter",
            "value",
            "numerator",
            "denominator",
            "text",
            "preliminary",
            "stage",
            "reason",
        ]
        extra_kwargs = {part: {"normalize_output": True} for part in ("value", "numerator", "denominator")}


class BasisSerializer(serializers.ModelSerializer[VersionBasis]):
    """A co version that a lead's version stands on."""

    version = serializers.IntegerField(source="co_version_id", read_only=True)
    agency = serializers.CharField(source="co_version.agency.slug", read_only=True)

    class Meta:
        model = VersionBasis
        fields = ["version", "agency", "adopted"]


class PieceSerializer(serializers.ModelSerializer[AdoptedPiece]):
    """A part of a co version that a lead's version took over."""

    version = serializers.IntegerField(source="co_version_id", read_only=True)

    class Meta:
        model = AdoptedPiece
        fields = ["version", "piece"]


class PlaceSerializer(serializers.ModelSerializer[Any]):
    """Of which task, in which quarter, by whom."""

    plan = serializers.CharField(source="task.plan.slug", read_only=True)
    quarter = PeriodField(read_only=True)
    task = serializers.CharField(source="task.ref", read_only=True)
    agency = serializers.CharField(source="agency.slug", read_only=True)


class DecisionRecordSerializer(serializers.ModelSerializer[DecisionRecord]):
    """A decision on a version, its being taken back, or its correction."""

    decided_by = serializers.StringRelatedField[User](read_only=True)

    class Meta:
        model = DecisionRecord
        fields = ["kind", "decision", "decided_at", "decided_by", "verified_light", "verification", "reason"]


class BackfillSerializer(serializers.Serializer[Any]):
    """The ledger from which a version was taken 补录: by whom it was entered; `submitted_by` of the version confirmed it.
    Such a version is neither on time nor late, and outside rates and scores."""

    ledger = serializers.IntegerField(source="pk", read_only=True)
    entered_by = serializers.CharField(source="uploaded_by", read_only=True)
    entered_at = serializers.DateTimeField(source="uploaded_at", read_only=True)


class VersionSerializer(PlaceSerializer):
    """A return as it was submitted, and what was decided. `problems`, `coordination` and `evidence` are null for
    readers who may not see them; `basis` names those co versions that the reader may see."""

    return_id = serializers.IntegerField(source="submission_id", read_only=True)
    submitted_by = serializers.StringRelatedField[User](read_only=True)
    signed_for = serializers.StringRelatedField[User](read_only=True, allow_null=True)
    decided_by = serializers.StringRelatedField[User](read_only=True, allow_null=True)
    withdrawn_by = serializers.StringRelatedField[User](read_only=True, allow_null=True)
    decisions = DecisionRecordSerializer(many=True, read_only=True)
    problems = ProblemSerializer(many=True, read_only=True, allow_null=True)
    decision_note = serializers.CharField(read_only=True)
    figures = FigureSerializer(many=True, read_only=True)
    basis = BasisSerializer(source="basis_links", many=True, read_only=True)
    adopted = PieceSerializer(source="adopted_pieces", many=True, read_only=True)
    package = serializers.IntegerField(source="package.number", read_only=True, allow_null=True)
    field_notes = serializers.DictField(child=serializers.CharField(), read_only=True)
    evidence = serializers.SerializerMethodField()
    marks = serializers.SerializerMethodField()
    backfill = BackfillSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Version
        fields = [
            "id",
            "return_id",
            "number",
            "plan",
            "quarter",
            "task",
            "agency",
            "duty",
            *_CONTENT,
            "figures",
            "evidence",
            "basis",
            "adopted",
            "package",
            "submitted_at",
            "submitted_by",
            "signed_for",
            "channel",
            "is_trial",
            "marks",
            "backfill",
            "decision",
            "decided_at",
            "decided_by",
            "verified_light",
            "verification",
            "decision_note",
            "field_notes",
            "answer_by",
            "decisions",
            "withdrawn_at",
            "withdrawn_by",
            "withdrawal_reason",
        ]
        extra_kwargs = {
            field.name: {"read_only": True, "allow_null": True}
            for field in FIELDS
            if field.withheld and field.kind is not Kind.PROBLEMS
        }

    def to_representation(self, version: Version) -> dict[str, Any]:
        shown = super().to_representation(version)
        withheld = withheld_fields(version)  # loaded by shown_versions
        return shown | {name: None for name in shown if name in withheld}

    @extend_schema_field(EvidenceSerializer(many=True, allow_null=True))
    def get_evidence(self, version: Version) -> Any:
        return _files(version, self.context)

    def get_marks(self, version: Version) -> list[str]:
        return marks(version)  # loaded by shown_versions


class DraftSerializer(serializers.ModelSerializer[Submission]):
    """What the agency itself has written so far. `figures` as typed: {indicator: {value, numerator, denominator,
    reason}}. `revision` goes back with the next save, so that nobody overwrites another."""

    problems = ProblemSerializer(many=True, read_only=True)
    figures = serializers.DictField(
        child=serializers.DictField(child=serializers.CharField()), read_only=True
    )
    saved_by = serializers.StringRelatedField[User](read_only=True)
    evidence = serializers.SerializerMethodField()

    class Meta:
        model = Submission
        fields = [
            *_CONTENT,
            "figures",
            "evidence",
            "revision",
            "saved_at",
            "saved_by",
        ]

    @extend_schema_field(EvidenceSerializer(many=True))
    def get_evidence(self, head: Submission) -> Any:
        return _files(head, self.context)


def _files(holder: Version | Submission, context: Any) -> Any:
    """What it holds, as loaded with it."""
    return EvidenceSerializer([link.file for link in holder.evidence.all()], many=True, context=context).data


class ReturnSerializer(PlaceSerializer):
    """A return. `draft` is null for all but its own agency; `version` is the last one that the reader may see and that
    was not withdrawn, `versions` the numbers of all that the reader may see. For others than its agency `state` is that
    of `version`, and `draft` where all were withdrawn."""

    due = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    draft = serializers.SerializerMethodField()
    version = serializers.SerializerMethodField()
    versions = serializers.SerializerMethodField()

    class Meta:
        model = Submission
        fields = [
            "id",
            "plan",
            "quarter",
            "task",
            "agency",
            "duty",
            "due",
            "state",
            "draft",
            "version",
            "versions",
        ]

    def get_due(self, head: Submission) -> datetime | None:
        if head.cycle.only_backfilled:
            return None
        due = later_of(head.cycle.due(head.duty), vars(head)["extended_until"])  # with the queryset
        return timezone.localtime(due)

    def get_state(self, head: Submission) -> State:
        if self._is_own(head):
            return State(head.state)
        last = _last(head)
        if last is not None and last.backfill_id is not None:
            return State.BACKFILLED
        return State(last.decision or State.SUBMITTED) if last else State.DRAFT

    @extend_schema_field(DraftSerializer(allow_null=True))
    def get_draft(self, head: Submission) -> Any:
        return DraftSerializer(head, context=self.context).data if self._is_own(head) else None

    @extend_schema_field(VersionSerializer(allow_null=True))
    def get_version(self, head: Submission) -> Any:
        last = _last(head)
        return VersionSerializer(last, context=self.context).data if last else None

    def get_versions(self, head: Submission) -> list[int]:
        return [version.number for version in _seen(head)]

    def _is_own(self, head: Submission) -> bool:
        return head.agency_id == signed_in(self.context["request"]).agency_id


def _seen(head: Submission) -> list[Version]:
    """Its versions that the reader may see, the last first: what `shown_returns` loaded."""
    return list(head.versions.all())


def _last(head: Submission) -> Version | None:
    """The last of these that was not withdrawn."""
    return next((version for version in _seen(head) if version.withdrawn_at is None), None)


def shown_versions(user: User) -> QuerySet[Version, Any]:
    """The versions that the reader may see, with all that is shown of them. A fixed number of queries."""
    visible = Version.every.visible_to(user)
    links = VersionBasis.objects.filter(co_version__in=visible).select_related("co_version__agency")
    return (
        readable_versions(user)
        .annotate(**mark_columns())
        .select_related(
            "task__plan", "agency", "submitted_by", "signed_for", "decided_by", "withdrawn_by", "package"
        )
        .select_related("backfill__uploaded_by")
        .defer("task__plan__text")
        .prefetch_related(
            Prefetch("figures", Figure.objects.select_related("indicator").order_by("indicator__order")),
            Prefetch("basis_links", links.order_by("co_version__agency__order", "id")),
            Prefetch("adopted_pieces", AdoptedPiece.objects.filter(co_version__in=visible)),
            Prefetch("evidence", VersionEvidence.objects.select_related("file")),
            Prefetch("decisions", DecisionRecord.objects.select_related("decided_by").order_by("id")),
        )
        .order_by("-quarter", "task__order", "-duty", "agency__order", "submission", "-number")
    )


def shown_returns(user: User) -> QuerySet[Submission, Any]:
    """The returns that the reader may see, likewise."""
    extensions = Extension.objects.granted().filter(
        cycle=OuterRef("cycle"), agency=OuterRef("agency"), duty=OuterRef("duty")
    )
    return (
        Submission.objects.visible_to(user)
        .annotate(extended_until=Subquery(extensions.order_by("-until").values("until")[:1]))
        .select_related("task__plan", "agency", "cycle", "saved_by")
        .defer("task__plan__text")
        .prefetch_related(
            Prefetch("versions", shown_versions(user).order_by("-number")),
            Prefetch("evidence", DraftEvidence.objects.select_related("file")),
        )
        .order_by("-quarter", "task__order", "-duty", "agency__order", "id")
    )


class DeskRowSerializer(serializers.Serializer[Any]):
    """One thing that the agency owes: `state` is that of its return, or `missing`. Of what it leads, how many
    co submissions are owed, reported, and wait for its decision."""

    task = serializers.CharField(source="task.ref", read_only=True)
    code = serializers.CharField(source="task.code", read_only=True)
    heading = serializers.CharField(source="task.heading", read_only=True)
    duty = serializers.ChoiceField(choices=FILED_DUTIES, read_only=True)
    lead_name = serializers.CharField(read_only=True)
    state = serializers.CharField(read_only=True)
    return_id = serializers.IntegerField(source="submission.pk", read_only=True, allow_null=True)
    version = serializers.IntegerField(source="version.number", read_only=True, allow_null=True)
    co_due = serializers.IntegerField(read_only=True)
    co_reported = serializers.IntegerField(read_only=True)
    co_waiting = serializers.IntegerField(read_only=True)


class DeskSerializer(serializers.Serializer[Any]):
    quarter = PeriodField(read_only=True)
    cycle = CycleSerializer(read_only=True, allow_null=True)
    rows = DeskRowSerializer(many=True, read_only=True)


# -- what is taken in -------------------------------------------------------------------------------------


class FigureInputSerializer(serializers.Serializer[Any]):
    """A figure as typed; a ratio is its numerator and denominator, a yes or no 是 or 否 in `value`, a qualitative one
    its `text`. `preliminary` says which version of the figure it is: true or preliminary 初步数, flash 快报数, audited
    年报核定数; empty for 正式数. What is filed before the period's end is 预计数 (estimate) by itself."""

    value = serializers.CharField(required=False, allow_blank=True)
    numerator = serializers.CharField(required=False, allow_blank=True)
    denominator = serializers.CharField(required=False, allow_blank=True)
    text = serializers.CharField(required=False, allow_blank=True)
    preliminary = serializers.CharField(required=False, allow_blank=True)
    reason = serializers.CharField(required=False, allow_blank=True)


class PercentField(serializers.IntegerField):
    """A percentage as a number or as text: 35, "35%", "—" for none."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            return super().to_internal_value(data)
        try:
            return typed.percent(data)
        except ValueError:
            self.fail("invalid")


def input_field(field: SubmissionField) -> Any:
    """The serializer field that takes one field of a draft; it is empty when left out."""
    about: dict[str, Any] = {"help_text": field.api_help} if field.api_help else {}
    match field.kind:
        case Kind.LIGHT:
            return serializers.ChoiceField(choices=Light.choices, allow_blank=True, default="", **about)
        case Kind.PERCENT:
            return PercentField(allow_null=True, default=None, **about)
        case Kind.TEXT:
            return serializers.CharField(allow_blank=True, default="", **about)
        case Kind.YES_NO:
            return serializers.BooleanField(default=False, **about)
        case Kind.PROBLEMS:
            return ProblemSerializer(many=True, default=list, **about)
        case Kind.DAY:
            return serializers.DateField(allow_null=True, default=None, **about)


class DraftInputSerializer(serializers.Serializer[Any]):
    """The whole draft: what is left out is emptied. `revision` is that of the draft that was read, null for a first
    one. 严禁填报涉密信息: what is secret is filed elsewhere (`elsewhere`)."""

    revision = serializers.IntegerField(allow_null=True, default=None, min_value=0)
    figures = serializers.DictField(
        child=FigureInputSerializer(),
        default=dict,
        help_text="{slug of the indicator: figure}; of an earlier quarter {slug@2016Q4: figure}",
    )

    def get_fields(self) -> dict[str, Any]:
        """The declared ones, and between `revision` and the others those of the specification."""
        declared = super().get_fields()
        content = {field.name: input_field(field) for field in FIELDS}
        return {"revision": declared.pop("revision"), **content, **declared}

    def validate_figures(self, figures: dict[str, Any]) -> dict[str, Any]:
        for key in figures:
            slug, at, quarter = key.partition("@")
            validate_slug(slug)
            if at:
                _quarter_of(quarter)
        return figures


def _quarter_of(text: str) -> Period:
    try:
        return Period.parse(text)
    except ValueError as error:
        raise serializers.ValidationError(str(error)) from error


class DraftItemSerializer(DraftInputSerializer):
    """A draft of the caller's own agency on a task in a quarter."""

    plan = serializers.SlugField()
    quarter = PeriodField()
    task = serializers.CharField(max_length=20)


class ReturnIdsSerializer(serializers.Serializer[Any]):
    returns = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=BIGINT), allow_empty=False, max_length=BATCH
    )


class TakeBackSerializer(ReturnIdsSerializer):
    note = serializers.CharField(allow_blank=True, default="", max_length=NOTE)


class WithdrawSerializer(ReturnIdsSerializer):
    reason = serializers.CharField(max_length=NOTE)


class DecisionInputSerializer(serializers.Serializer[Any]):
    """`accept`: adopt a co submission, or accept a lead's with `verified_light` and `verification`; otherwise return it,
    with a `note` that says why or `field_notes` ({field: what is to be mended}), and if need be until when. What says
    nothing of its `verification` is accepted as not verified."""

    version = serializers.IntegerField(min_value=1, max_value=BIGINT)
    accept = serializers.BooleanField()
    verified_light = serializers.ChoiceField(choices=Light.choices, allow_blank=True, default="")
    verification = serializers.ChoiceField(choices=Verification.choices, default=Verification.UNVERIFIED)
    note = serializers.CharField(allow_blank=True, default="", max_length=NOTE)
    field_notes = serializers.DictField(child=serializers.CharField(max_length=NOTE), default=dict)
    answer_by = MomentField(allow_null=True, default=None)


class CorrectionSerializer(serializers.Serializer[Any]):
    """Decisions in the place of those that somebody else made, with one reason, which is also the note of those that
    have none of their own."""

    decisions = serializers.ListField(child=DecisionInputSerializer(), allow_empty=False, max_length=BATCH)
    reason = serializers.CharField(max_length=NOTE)


class SupplementInputSerializer(serializers.Serializer[Any]):
    """What is wanted beyond an accepted version, and until when."""

    version = serializers.IntegerField(min_value=1, max_value=BIGINT)
    reason = serializers.CharField(max_length=NOTE)
    answer_by = MomentField()


class OwedReturnSerializer(serializers.Serializer[Any]):
    """One return that an agency owes: `state` is that of its return, or `missing`; `late` filed after it was due, or due
    and not filed."""

    task = serializers.CharField(source="task.ref", read_only=True)
    agency = serializers.CharField(source="agency.slug", read_only=True)
    duty = serializers.ChoiceField(choices=FILED_DUTIES, read_only=True)
    state = serializers.CharField(read_only=True)
    late = serializers.BooleanField(read_only=True)
    filed_at = serializers.DateTimeField(read_only=True, allow_null=True)
    return_id = serializers.IntegerField(source="submission_id", read_only=True, allow_null=True)
