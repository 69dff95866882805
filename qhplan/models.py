"""For Django to find."""

from qhplan.jobs import Job

__all__ = ["Job"]
