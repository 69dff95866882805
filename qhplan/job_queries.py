"""Which jobs a person sees."""

from django.db.models import BigIntegerField, Model, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from qhplan.jobs import Job
from reports.briefs.models import Brief
from reports.supervision.models import Notice
from tasks.people.models import User
from tasks.people.permissions import may_make_briefs
from tasks.people.plan_scope import plans_where

# What a job's arguments name, by their key; it belongs to a plan.
_OF_PLANS: dict[str, type[Model]] = {"brief": Brief, "notice": Notice}


def visible_jobs(user: User) -> QuerySet[Job]:
    """Those that the user has requested; for users who make briefs all, but for those on something of a plan for which they
    make none."""
    jobs = Job.objects.select_related("asked_by")
    own = Q(asked_by=user)
    if not may_make_briefs(user):
        return jobs.filter(own)
    if not user.is_limited:
        return jobs
    near = Q()
    for key, model in _OF_PLANS.items():
        jobs = jobs.annotate(**{f"_{key}": Cast(KT(f"args__{key}"), BigIntegerField())})
        seen = model._default_manager.filter(plans_where(user, may_make_briefs, "plan")).values("pk")
        near &= Q(**{f"_{key}": None}) | Q(**{f"_{key}__in": seen})
    return jobs.filter(own | near)
