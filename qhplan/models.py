"""Models of this app for Django's discovery; `qhplan.jobs` defines them."""

from qhplan.jobs import Job

__all__ = ["Job"]
