"""Whether a person may read the thing that a comment is about."""

from django.db.models import Model

from tasks.people.models import User
from tasks.people.permissions import may_comment, may_file, may_see_plan, may_see_problems


def may_read(user: User, subject: Model) -> bool:
    """By the thing's own `visible_to`, where it has one; else everybody who sees the plan."""
    visible_to = getattr(type(subject)._default_manager, "visible_to", None)
    if visible_to is None:
        return may_see_plan(user)
    return bool(visible_to(user).filter(pk=subject.pk).exists())


def may_see_some(user: User) -> bool:
    """Open the list of comments: who may see all, who makes them, and the people of bodies to which some are released."""
    return may_see_problems(user) or may_comment(user) or may_file(user)
