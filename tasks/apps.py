from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

# Packages that write to the audit log or name what it shows.
LABELLED = (
    "accounts",
    "adjustments",
    "assignments",
    "audit",
    "bundles",
    "comments",
    "contacts",
    "cycles",
    "files",
    "importing",
    "indicators",
    "jurisdictions",
    "ledgers",
    "lineage",
    "notifications",
    "plans",
    "projects",
    "review",
    "submissions",
    "workplans",
)

# Packages that add to pages of packages below them.
EXTENDING = ("comments", "ledgers", "projects", "reforms")


class TasksConfig(AppConfig):
    name = "tasks"
    verbose_name = _("方案与填报")

    def ready(self) -> None:
        """Install how fields read what is typed, and register checks, jobs, receivers of news and the labels of the audit
        log, in the web process too: it refers to jobs by kind."""
        from celery.signals import task_prerun
        from django.core.signals import request_started

        from tasks import refusals, typed_fields
        from tasks.accounts import checks, sign_in_record  # noqa: F401
        from tasks.accounts import jobs as account_jobs  # noqa: F401
        from tasks.cycles import workdays
        from tasks.files import jobs as file_jobs  # noqa: F401
        from tasks.files import names as file_names
        from tasks.files import sealed as sealed_files  # noqa: F401
        from tasks.notifications import (  # noqa: F401
            adjustment_news,
            assignment_news,
            deputy_news,
            project_news,
            refiling_news,
            sign_in_news,
            submission_news,
            workplan_news,
        )
        from tasks.notifications import jobs as notification_jobs  # noqa: F401
        from tasks.submissions import sealed  # noqa: F401

        for package in LABELLED:
            import_module(f"tasks.{package}.audit_labels")
        for package in EXTENDING:
            import_module(f"tasks.{package}.page_extensions")
        typed_fields.install()
        refusals.install()
        file_names.install()
        # What the office set of working days is read once for each request and each job.
        request_started.connect(workdays.forget, dispatch_uid="workdays.forget")
        task_prerun.connect(workdays.forget, dispatch_uid="workdays.forget")
