"""Models of accounts with their appointments, and of the installation (sample or real data)."""

import copy
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, cached_property
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Case, Exists, F, Func, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce, JSONObject
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qhplan import clock
from tasks.values import ADMIN_ROLES, Role

# Roles that act for an agency; the others speak for nobody but their holder.
AGENCY_ROLES = frozenset({Role.REPORTER, Role.APPROVER, Role.OFFICE, Role.SECOND_REVIEWER})
# Roles that serve the plans of their agency's jurisdiction alone, even where they are for all plans.
OF_JURISDICTION = frozenset({Role.OFFICE, Role.SECOND_REVIEWER})
BUSINESS_ROLES = frozenset(Role) - ADMIN_ROLES


@dataclass(frozen=True)
class Holding:
    """An appointment as the rules read it. `plan_id` is None for all plans but those `elsewhere` ({id: slug}); `since` and
    `until` are None without limit."""

    role: str
    agency_id: int | None = None
    plan_id: int | None = None
    plan: str | None = None  # its slug
    since: datetime | None = None
    until: datetime | None = None
    on_behalf_of_id: int | None = None
    elsewhere: Mapping[int, str] = field(default_factory=dict)

    def covers(self, plan_id: int) -> bool:
        return self.plan_id == plan_id if self.plan_id is not None else plan_id not in self.elsewhere

    def is_in_force(self, at: datetime) -> bool:
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def in_force(self, at: datetime | None = None) -> "AppointmentQuerySet":
        """Those that hold at the moment (default: now)."""
        moment = at or clock.now()
        return self.filter(Q(since=None) | Q(since__lte=moment), Q(until=None) | Q(until__gt=moment))

    def not_ended(self) -> "AppointmentQuerySet":
        """Those that hold now or will hold later."""
        return self.filter(Q(until=None) | Q(until__gt=clock.now()))

    def covering(self, *plan_ids: int) -> "AppointmentQuerySet":
        """Those of an office, or of who reviews beside it, that hold for one of the plans: for that plan alone, or for all
        of the jurisdiction of their agency, to which a plan of none belongs too. `Holding.covers` says the same."""
        plans = self.model._meta.get_field("plan").related_model._base_manager.filter(pk__in=plan_ids)
        near = plans.filter(Q(jurisdiction=None) | Q(jurisdiction=OuterRef("agency__jurisdiction")))
        return self.filter(
            Q(plan__in=plan_ids) | Q(plan=None) & (Q(agency__jurisdiction=None) | Exists(near))
        )

    def as_json(self) -> "models.QuerySet[Appointment, Any]":
        return self.order_by("pk").values(
            json=JSONObject(
                role=F("role"),
                agency_id=F("agency_id"),
                plan_id=F("plan_id"),
                plan=F("plan__slug"),
                since=F("since"),
                until=F("until"),
                on_behalf_of_id=F("on_behalf_of_id"),
                elsewhere=self._elsewhere(),
            )
        )

    def _elsewhere(self) -> Case:
        """The plans of other jurisdictions: an office, and who reviews beside it, serve those of their own."""
        plans = self.model._meta.get_field("plan").related_model._base_manager
        rows = plans.exclude(jurisdiction=None).exclude(jurisdiction=OuterRef("agency__jurisdiction"))
        return Case(
            When(
                role__in=sorted(OF_JURISDICTION),
                plan=None,
                agency__jurisdiction__isnull=False,
                then=ArraySubquery(rows.values(json=JSONObject(pk=F("pk"), slug=F("slug")))),
            )
        )


class UserQuerySet(models.QuerySet["User"]):
    def holding(
        self, *roles: Role, agencies: Collection[int] | None = None, plan: int | None = None
    ) -> "UserQuerySet":
        """Active accounts that hold one of the roles now, in one of the agencies, for the plan."""
        held = Appointment.objects.in_force().filter(user=OuterRef("pk"), role__in=roles)
        if agencies is not None:
            held = held.filter(agency__in=agencies)
        if plan is not None:
            plans = Appointment._meta.get_field("plan").related_model._base_manager.filter(pk=plan)
            of_place = plans.filter(Q(jurisdiction=None) | Q(jurisdiction=OuterRef("agency__jurisdiction")))
            everywhere = (
                ~Q(role__in=sorted(OF_JURISDICTION)) | Q(agency__jurisdiction=None) | Exists(of_place)
            )
            held = held.filter(Q(plan=plan) | Q(plan=None) & everywhere)
        return self.filter(Exists(held), is_active=True)


class Now(Value):
    """The moment at which the query is sent, in a queryset that is kept."""

    def __init__(self) -> None:
        super().__init__(None, output_field=models.DateTimeField())

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (clock.now(),)


@cache
def _with_appointments(model: type["User"], using: str | None) -> UserQuerySet:
    """Kept, because every request reads its user, and building this costs several times what the database takes for it."""
    held = Appointment.objects.filter(Q(until=None) | Q(until__gt=Now()), user=OuterRef("pk"))
    return UserQuerySet(model, using=using).annotate(holdings_json=ArraySubquery(held.as_json()))


class UserManager(BaseUserManager["User"]):
    """Looks users up, each with its appointments; tasks.accounts.actions creates accounts."""

    def get_queryset(self) -> UserQuerySet:
        """A subquery brings the appointments along, so that no rule costs a query, on a page as in a list of people."""
        return _with_appointments(self.model, self._db).all()

    def holding(
        self, *roles: Role, agencies: Collection[int] | None = None, plan: int | None = None
    ) -> UserQuerySet:
        return self.get_queryset().holding(*roles, agencies=agencies, plan=plan)


class User(AbstractBaseUser):
    """账号: a person, who acts by their appointments. There is no superuser: the permissions apply to everyone.

    Rules ask `has`. It answers for one agency (`agency_id`: the account's own, or the one that `acting_for` chose) and,
    after `at`, for certain plans; before it, only appointments for all plans count.
    """

    username = models.CharField(
        _("用户名"),
        max_length=60,
        unique=True,
        validators=[
            RegexValidator(
                r"\A[a-z0-9][a-z0-9._-]{1,59}\Z", _("用户名用小写字母、数字、点和连字符，至少两个字符。")
            )
        ],
        error_messages={"unique": _("已有同名账号，请换一个。")},
    )
    display_name = models.CharField(_("姓名"), max_length=60)
    agency = models.ForeignKey(
        "tasks.Agency", models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("单位")
    )
    division = models.CharField(_("处室"), max_length=60, blank=True)
    email = models.EmailField(_("邮箱"), blank=True)
    phone = models.CharField(_("手机"), max_length=20, blank=True)
    is_active = models.BooleanField(_("启用"), default=True)
    must_change_password = models.BooleanField(_("须修改密码"), default=False)
    is_sample = models.BooleanField(_("示例账号"), default=False)
    large_type = models.BooleanField(_("大字"), default=False)
    # "topic:channel" of messages that the person does not want (tasks/notifications/preferences.py)
    unwanted = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    hint_put_away_at = models.DateTimeField(_("不再显示首次使用提示"), null=True, blank=True)
    date_joined = models.DateTimeField(_("建立时间"), auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["display_name"]

    # Of a copy that acts for another agency: the account's own one. Of a narrowed copy: the plans for which it answers.
    _own_agency_id: int | None = None
    _is_elsewhere = False
    enters = False  # of a copy that enters the sealed paper of the agency for which it acts
    _plans: frozenset[int] | None = None
    _is_anywhere = False

    class Meta:
        verbose_name = _("账号")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.display_name or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        fields = kwargs.get("update_fields")
        if self._is_elsewhere and (fields is None or {"agency", "agency_id"} & set(fields)):
            raise ValueError("a copy that acts for another agency is not stored")
        super().save(*args, **kwargs)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        for name in ("holdings", "holdings_json"):
            self.__dict__.pop(name, None)

    @cached_property
    def holdings(self) -> tuple[Holding, ...]:
        """The appointments that have not ended. One query where the account came along with another object."""
        rows = self.__dict__.get("holdings_json")
        if rows is None:
            own = Appointment.objects.not_ended().filter(user=self.pk)
            rows = [row["json"] for row in own.as_json()] if self.pk else []
        return tuple(_holding(row) for row in rows)

    @property
    def in_force(self) -> tuple[Holding, ...]:
        """The appointments that hold now, in all agencies and for all plans."""
        now = clock.now()
        return tuple(one for one in self.holdings if one.is_in_force(now))

    def _acts_by(self) -> Iterator[Holding]:
        """The appointments that count here: those for the agency that the person acts for, and those for none."""
        return (one for one in self.in_force if one.agency_id is None or one.agency_id == self.agency_id)

    def has(self, *roles: Role) -> bool:
        """Whether the user has any of the roles, for the agency and in all of the plans of which this copy speaks."""
        if not self.is_active:
            return False
        held = [one for one in self._acts_by() if one.role in roles]
        if self._is_anywhere:
            return bool(held)
        if not self._plans:
            return any(one.plan_id is None for one in held)
        return all(any(one.covers(plan) for one in held) for plan in self._plans)

    def deputises_for(self, role: Role = Role.APPROVER) -> int | None:
        """代: the id of the person on whose behalf the user has the role; None for whoever has it in their own right."""
        held = [
            one
            for one in self._acts_by()
            if one.role == role
            and (one.plan_id is None or self._is_anywhere or one.plan_id in (self._plans or ()))
        ]
        if not held or any(one.on_behalf_of_id is None for one in held):
            return None
        return held[0].on_behalf_of_id

    @property
    def roles(self) -> list[str]:
        """What the person holds in the account's own agency for all plans, in their own right and without a last day;
        the roles that the form with the boxes grants and revokes."""
        return sorted(
            one.role
            for one in self.in_force
            if one.plan_id is None and one.on_behalf_of_id is None and one.until is None
            if one.agency_id in (None, self.own_agency_id)
        )

    @property
    def own_agency_id(self) -> int | None:
        """The agency to which the account belongs, whichever it acts for."""
        return self._own_agency_id if self._is_elsewhere else self.agency_id

    @property
    def acts_for(self) -> int:
        """The id of the agency for which the person acts; 0, which is no agency's, for those without one."""
        return self.agency_id or 0

    @property
    def serves(self) -> frozenset[int]:
        """Every agency that the person serves now, also as a deputy: nobody judges one of these."""
        ids = {self.own_agency_id, self.agency_id, *(one.agency_id for one in self.in_force)}
        return frozenset(pk for pk in ids if pk is not None)

    @property
    def only_files(self) -> bool:
        """Whether all that the person has to do now is to report for agencies."""
        roles = {one.role for one in self.in_force} & BUSINESS_ROLES
        return bool(roles) and roles <= {Role.REPORTER, Role.APPROVER}

    @property
    def hats(self) -> list[int]:
        """The agencies among which the person chooses for whom to act: the account's own one first."""
        ids = {one.agency_id for one in self.in_force if one.agency_id is not None}
        return sorted(ids, key=lambda pk: (pk != self.own_agency_id, pk))

    def acting_for(self, agency_id: int | None) -> "User":
        """A copy that acts for another agency in which the person holds an appointment."""
        if agency_id == self.agency_id or agency_id is None:
            return self
        chosen = copy.copy(self)
        chosen._own_agency_id, chosen._is_elsewhere = self.own_agency_id, agency_id != self.own_agency_id
        chosen.agency_id = agency_id
        return chosen

    def entering_for(self, agency_id: int) -> "User":
        """A copy that writes for an agency whose sealed paper this person enters 代录; who may is for
        tasks.submissions.paper to say."""
        chosen = copy.copy(self.acting_for(agency_id))
        chosen.__dict__["holdings"] = (
            *self.holdings,
            *(
                replace(one, role=Role.REPORTER, agency_id=agency_id)
                for one in self.in_force
                if one.role in (Role.OFFICE, Role.SECOND_REVIEWER)  # for the plans that these are for
            ),
        )
        chosen.enters = True
        return chosen

    def wearing(self, agency_id: int | None) -> "User":
        """As acting for the agency that the person chose; without a valid choice for their own, or where they hold
        nothing in it for the first in which they do."""
        hats = self.hats
        if self.enters:
            return self
        if agency_id in hats:
            return self.acting_for(agency_id)
        return self.acting_for(hats[0]) if hats and self.agency_id not in hats else self

    @property
    def is_limited(self) -> bool:
        """Whether something that the person holds is for certain plans only, so that plans differ for them."""
        return any(one.plan_id is not None or one.elsewhere for one in self.in_force)

    def at(self, *plan_ids: int) -> "User":
        """A copy whose `has` answers for these plans: what it says holds in each of them."""
        if not plan_ids or not self.is_limited:
            return self
        narrowed = copy.copy(self)
        narrowed._plans, narrowed._is_anywhere = frozenset(plan_ids), False
        return narrowed

    def at_slug(self, slug: str) -> "User":
        """The same for the plan with this slug. No query: the appointments name their plans."""
        ids = {one.plan: one.plan_id for one in self.in_force if one.plan and one.plan_id}
        ids |= {slug: pk for one in self.in_force for pk, slug in one.elsewhere.items()}
        return self.at(ids.get(slug) or 0)

    @property
    def own_plan_ids(self) -> list[int]:
        """The plans that differ from the others: the person holds something for them alone, or not for them."""
        ids = {one.plan_id for one in self.in_force if one.plan_id is not None}
        return sorted(ids.union(*(one.elsewhere for one in self.in_force)))

    def sees(self, plan_id: int) -> bool:
        """Whether the person has any part in the plan: who reads one plan does not read the others."""
        return self.at(plan_id).has(*BUSINESS_ROLES)

    def speaks_of(self, plan_id: int) -> bool:
        """Whether this copy may act on the plan's objects: one that was narrowed to other plans may not."""
        if self._plans is None or self._is_anywhere:
            return self.sees(plan_id)
        # 0 stands for any of the plans that differ in nothing for the person.
        narrowed = plan_id in self._plans or (0 in self._plans and plan_id not in self.own_plan_ids)
        return narrowed and self.sees(plan_id)

    def anywhere(self) -> "User":
        """A copy whose `has` answers for any plan: for pages over several plans, whose rows are narrowed one by one."""
        if not self.is_limited:
            return self
        widened = copy.copy(self)
        widened._is_anywhere = True
        return widened

    def get_full_name(self) -> str:
        return self.display_name


def _holding(row: dict[str, Any]) -> Holding:
    """Dates come as text where a subquery brought them, what lies elsewhere as rows."""
    return Holding(
        **{
            **row,
            "elsewhere": {one["pk"]: one["slug"] for one in row["elsewhere"] or ()},
            **{
                name: datetime.fromisoformat(row[name]) if isinstance(row[name], str) else row[name]
                for name in ("since", "until")
            },
        }
    )


class Appointment(models.Model):
    """任命: a person has a role, for an agency where the role acts for one, for one plan or for all, from a moment to a
    moment. It is ended and never deleted; a guard in the database says so."""

    user = models.ForeignKey(User, models.PROTECT, related_name="appointments", verbose_name=_("账号"))
    role = models.CharField(_("角色"), max_length=20, choices=Role)
    agency = models.ForeignKey(
        "tasks.Agency",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments",
        verbose_name=_("单位"),
    )
    plan = models.ForeignKey(
        "tasks.Plan",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("方案"),
        help_text=_("空即全部方案。"),
    )
    since = models.DateTimeField(_("自"), null=True, blank=True, help_text=_("空即自建立账号起。"))
    until = models.DateTimeField(_("止"), null=True, blank=True, help_text=_("不含这一刻；空即未定。"))
    on_behalf_of = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="deputies", verbose_name=_("代签对象")
    )
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("任命人"))
    made_at = models.DateTimeField(_("任命时间"), default=timezone.now)
    reason = models.CharField(_("理由"), max_length=500, blank=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("终止人"))
    ended_at = models.DateTimeField(_("终止时间"), null=True)
    end_reason = models.CharField(_("终止理由"), max_length=500, blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("任命")
        constraints = [
            models.CheckConstraint(
                name="agency_roles_have_an_agency",
                condition=Q(role__in=sorted(AGENCY_ROLES), agency__isnull=False)
                | (~Q(role__in=sorted(AGENCY_ROLES)) & Q(agency__isnull=True)),
                violation_error_message=_("填报员、签批人、办公室和复核人必须属于一个单位。"),
            ),
            models.CheckConstraint(
                name="administrators_serve_the_whole_site",
                condition=~Q(role__in=sorted(ADMIN_ROLES)) | Q(plan__isnull=True, on_behalf_of__isnull=True),
            ),
            models.CheckConstraint(
                name="appointment_ends_after_its_beginning",
                condition=Q(since__isnull=True) | Q(until__isnull=True) | Q(until__gte=F("since")),
            ),
            models.CheckConstraint(
                name="deputy_from_a_day_to_a_day",
                condition=Q(on_behalf_of__isnull=True)
                | Q(role=Role.APPROVER, since__isnull=False, until__isnull=False)
                & ~Q(on_behalf_of=F("user")),
            ),
            models.CheckConstraint(
                name="appointment_says_why_it_ended",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, end_reason="")
                | Q(ended_at__isnull=False, until__isnull=False),
            ),
            # 三员分立 (separation of the administrators) is enforced in the database, not only by forms: whoever is one
            # of the administrators holds nothing else at the same time.
            ExclusionConstraint(
                name="administrators_hold_one_role",
                expressions=[
                    (F("user"), RangeOperators.EQUAL),
                    (
                        Func(F("since"), F("until"), function="tstzrange", output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Case(
                            When(role__in=sorted(ADMIN_ROLES), then=F("role")),
                            default=Value(""),
                            output_field=models.CharField(),
                        ),
                        RangeOperators.NOT_EQUAL,
                    ),
                ],
                violation_error_message=_(
                    "系统管理员、安全保密管理员、安全审计员各由专人担任，不能兼任其他角色。"
                ),
            ),
            ExclusionConstraint(
                name="one_appointment_at_a_time",
                expressions=[
                    (F("user"), RangeOperators.EQUAL),
                    (F("role"), RangeOperators.EQUAL),
                    (Coalesce(F("agency"), 0), RangeOperators.EQUAL),
                    (Coalesce(F("plan"), 0), RangeOperators.EQUAL),
                    (Coalesce(F("on_behalf_of"), 0), RangeOperators.EQUAL),
                    (
                        Func(F("since"), F("until"), function="tstzrange", output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        indexes = [models.Index("agency", "role", name="appointment_of_agency")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.agency_id} {self.plan_id}"

    @property
    def holding(self) -> Holding:
        return Holding(
            role=self.role,
            agency_id=self.agency_id,
            plan_id=self.plan_id,
            plan=self.plan.slug if self.plan else None,
            since=self.since,
            until=self.until,
            on_behalf_of_id=self.on_behalf_of_id,
        )


class Signed(models.Model):
    """What an approver submits: `submitted_by` is who did, `signed_for` on whose behalf 代签, if on anybody's."""

    signed_for = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("代签对象")
    )

    class Meta:
        abstract = True

    @property
    def signer(self) -> str:
        """Who submitted it, as pages and sheets name them: 李某 代签（代 张某）."""
        who = str(self.submitted_by)  # type: ignore[attr-defined]
        if self.signed_for is None:
            return who
        return gettext("%(who)s 代签（代 %(whom)s）") % {"who": who, "whom": self.signed_for}


class Installation(models.Model):
    """Facts about this database as a whole: one row, created with the database and never changed.

    A database with sample data stays a sample database, so that samples and real submissions cannot mix.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    is_sample = models.BooleanField(_("示例数据库"))
    made_at = models.DateTimeField(_("建立时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("数据库")
        constraints = [models.CheckConstraint(name="one_installation", condition=Q(id=1))]

    def __str__(self) -> str:
        return "sample" if self.is_sample else "real"
