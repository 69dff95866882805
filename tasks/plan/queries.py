"""Reading the plan."""

from tasks.plan.models import Plan


def default_plan() -> Plan | None:
    """The plan that the site opens on: the one published last. Without its text, which is large."""
    return Plan.objects.defer("text").order_by("-issued_on", "-id").first()
