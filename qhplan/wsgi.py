"""WSGI application of the web process."""

import gc
import os

gc.disable()  # until qhplan/apps.py

from django.core.wsgi import get_wsgi_application  # noqa: E402

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qhplan.settings")

application = get_wsgi_application()

from qhplan.database import limit_waiting  # noqa: E402

limit_waiting()
