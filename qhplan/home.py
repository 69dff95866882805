"""Start page: redirects each user to the page for their role."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from qhplan.work import has_work, work_of
from tasks.accounts.views import home_of
from tasks.people import permissions
from tasks.people.access import signed_in
from tasks.plans.queries import published_for


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Redirects to where the user's work is: who has something to do in several plans to the page over all of them,
    agencies to their desk, reviewers to the queue, the leading group to what it has to step in for, administrators to their own page, all others to the plan's overview. Shows a contact to accounts without a role."""
    user = signed_in(request)
    if not permissions.may_see_plan(user.anywhere()):
        own = home_of(user)
        return redirect(own) if own != request.path else render(request, "people/no_role.html")
    plan = published_for(user).first()
    if plan is None:
        return render(request, "people/no_plan.html")
    if has_work(user) and len({row.plan.pk for row in work_of(user) if row.is_something}) > 1:
        return redirect("work")
    if permissions.may_file(user.anywhere()):
        return redirect("desk")
    if permissions.may_review(user.anywhere()):
        return redirect("review")
    if permissions.may_instruct(user.anywhere()):
        return redirect("focus", plan.slug)
    return redirect("overview", plan.slug)
