from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TasksConfig(AppConfig):
    name = "tasks"
    verbose_name = _("方案与填报")

    def ready(self) -> None:
        """Say what forms refuse in the words of the site, and register the checks, who is told of news, and the jobs, in the web process too: it asks for them by kind."""
        from celery.signals import task_prerun
        from django.core.signals import request_started

        from tasks import validator_messages
        from tasks.accounts import checks  # noqa: F401
        from tasks.cycles import workdays
        from tasks.files import jobs as file_jobs  # noqa: F401
        from tasks.notifications import jobs as notification_jobs  # noqa: F401
        from tasks.notifications import refiling_news  # noqa: F401

        validator_messages.install()
        # What the office set of working days is read once for each request and each job.
        request_started.connect(workdays.forget, dispatch_uid="workdays.forget")
        task_prerun.connect(workdays.forget, dispatch_uid="workdays.forget")
