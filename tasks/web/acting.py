"""What every page that writes does with a refusal: it goes onto the form, or into a message where the form is gone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join

from tasks.errors import Conflict, Problems
from tasks.web.forms import add_problems, tell_conflict

Link = tuple[str, str]  # address, words


def say_done(request: HttpRequest, sentence: str, *links: Link) -> None:
    """Confirm what was done: the sentence names it, the links lead to it and to what comes next."""
    shown = format_html_join("", ' <a href="{}">{}</a>', links)
    messages.success(request, format_html("{}{}", sentence, shown))


@dataclass
class Outcome:
    """How an action ended. `status` is that of the page which shows the form again: 422 for faults of the input, 409
    where somebody else was faster; 200 where the action is done."""

    status: int = 200

    @property
    def is_done(self) -> bool:
        return self.status == 200

    @property
    def is_conflict(self) -> bool:
        return self.status == 409


@contextmanager
def refusals_on(form: forms.BaseForm, *, told_to: HttpRequest | None = None) -> Iterator[Outcome]:
    """Run an action; what it refuses is put on the form: faults on their fields, a conflict above them.

    With `told_to`, a conflict goes into a message together with what was typed, as the page to which the caller
    redirects has no such form any more. Exceptions other than Problems and Conflict pass through.
    """
    outcome = Outcome()
    try:
        yield outcome
    except Problems as problems:
        add_problems(form, problems)
        outcome.status = 422
    except Conflict as conflict:
        if told_to is None:
            form.add_error(None, str(conflict))
        else:
            tell_conflict(told_to, conflict, form)
        outcome.status = 409


@contextmanager
def refusals_told(request: HttpRequest) -> Iterator[Outcome]:
    """Run an action from a page that has no form to show again: what it refuses is told in messages."""
    outcome = Outcome()
    try:
        yield outcome
    except Problems as problems:
        for problem in problems.problems:
            messages.error(request, problem.message)
        outcome.status = 422
    except Conflict as conflict:
        messages.error(request, str(conflict))
        outcome.status = 409
