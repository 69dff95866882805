"""All models of the rooms, for Django to find."""

from reports.briefs.models import Brief, BriefFile, BriefKind, BriefState, Download
from reports.evaluation.models import FinalEvaluation

__all__ = ["Brief", "BriefFile", "BriefKind", "BriefState", "Download", "FinalEvaluation"]
