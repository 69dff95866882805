import gc

from django.apps import AppConfig
from django.conf import settings


class QhplanConfig(AppConfig):
    """The project itself as an app, so that its job rows have a table."""

    name = "qhplan"
    label = "qhplan"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """A process starts without collecting garbage (manage.py, wsgi.py, celery.py): nearly all that imports make
        stays, and to look through it again and again takes a sixth of the start. From here on it is collected, and
        what is there by now is left alone for good; what a worker's children share with it stays shared."""
        if settings.QHPLAN_MODE == "trial":  # no other worker writes sample data
            from qhplan.sample import preparation  # noqa: F401

        gc.freeze()
        gc.enable()
