"""Permissions to read the object of a comment and to open the list of comments."""

from django.db.models import Model

from tasks.people.models import User
from tasks.people.permissions import may_comment, may_file, may_see_plan, may_see_problems


def may_read(user: User, subject: Model) -> bool:
    """Whether the user may read the object: by its own `visible_to` if it has one, else by `may_see_plan`."""
    visible_to = getattr(type(subject)._default_manager, "visible_to", None)
    if visible_to is None:
        return may_see_plan(user)
    return bool(visible_to(user).filter(pk=subject.pk).exists())


def may_see_some(user: User) -> bool:
    """Whether the user may open the list: users who see all comments, experts, and users of agencies with a release."""
    return may_see_problems(user) or may_comment(user) or may_file(user)
