"""All models of the rooms, for Django to find."""

from reports.briefs.models import Brief, BriefFile, BriefKind, BriefState, Download

__all__ = ["Brief", "BriefFile", "BriefKind", "BriefState", "Download"]
