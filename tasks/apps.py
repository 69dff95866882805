from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TasksConfig(AppConfig):
    name = "tasks"
    verbose_name = _("方案与填报")

    def ready(self) -> None:
        """Register the checks, and the jobs, in the web process too: it asks for them by kind."""
        from tasks.files import jobs as file_jobs  # noqa: F401
        from tasks.notify import jobs  # noqa: F401
        from tasks.people import checks  # noqa: F401
