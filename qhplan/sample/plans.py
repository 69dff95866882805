"""The plans of a trial site: the first one, and a second, invented one of another city (fixtures/sample-plans)."""

from tasks.plans.models import Plan
from tasks.values import Period, Rhythm

SECOND = "yunze-2017-1"
SECOND_PERIODS = tuple(Period(2017, month, Rhythm.MONTH) for month in (3, 4, 5))


def first_plan() -> Plan | None:
    """The plan that was loaded first, whichever the site opens on."""
    return Plan.objects.defer("text").exclude(slug=SECOND).order_by("pk").first()


def second_plan() -> Plan | None:
    return Plan.objects.defer("text").filter(slug=SECOND).first()
