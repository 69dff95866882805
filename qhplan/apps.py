import gc

from django.apps import AppConfig


class QhplanConfig(AppConfig):
    """The project itself as an app, so that its job rows have a table."""

    name = "qhplan"
    label = "qhplan"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """A process starts without collecting garbage (manage.py, wsgi.py, celery.py): nearly all that imports make
        stays, and to look through it again and again takes a sixth of the start. From here on it is collected, and
        what is there by now is left alone for good; what a worker's children share with it stays shared."""
        gc.freeze()
        gc.enable()
