"""Addresses of the desk, of returns and of the queues."""

from django.urls import include, path

from tasks.filing import (
    closing_views,
    consolidation_views,
    decision_views,
    desk_views,
    package_views,
    progress_views,
    return_views,
    review_views,
)
from tasks.filing.workbook import views as workbook

urlpatterns = [
    path("desk/", desk_views.desk_page, name="desk"),
    path("desk/workbook/", workbook.download, name="workbook"),
    path("desk/workbook/upload/", workbook.upload, name="workbook_upload"),
    path("desk/workbook/apply/", workbook.apply, name="workbook_apply"),
    path("desk/package/", package_views.package, name="package"),
    path("desk/package/sheet/", package_views.package_sheet, name="package_sheet"),
    path("desk/package/sheets/<uuid:pk>/", package_views.sealed_sheet, name="sealed_sheet"),
    path("desk/assignments/", package_views.assignments, name="assignments"),
    path("desk/<slug:slug>/<str:quarter_text>/<str:ref>/", return_views.return_edit, name="return_edit"),
    path(
        "desk/<slug:slug>/<str:quarter_text>/<str:ref>/check/", return_views.return_check, name="return_check"
    ),
    path(
        "desk/<slug:slug>/<str:quarter_text>/<str:ref>/co/",
        consolidation_views.consolidate,
        name="consolidate",
    ),
    path("returns/<int:pk>/", decision_views.return_page, name="return"),
    path("returns/<int:pk>/versions/<int:number>/", decision_views.version_page, name="version"),
    path("returns/<int:pk>/decide/", decision_views.decide_view, name="decide"),
    path("returns/<int:pk>/supplement/", decision_views.supplement_view, name="supplement"),
    path("", include("tasks.filing.evidence.urls")),
    path("review/", review_views.review, name="review"),
    path("review/decide/", review_views.decide_several, name="decide_several"),
    path("review/terms/", closing_views.terms, name="terms"),
    path("review/progress/", progress_views.progress, name="progress"),
    path("review/reopening/<int:pk>/", progress_views.reopening, name="reopening"),
    path("review/reopening/<int:pk>/end/", progress_views.reopening_end, name="reopening_end"),
    path("review/workbook/", workbook.download_all, name="workbook_all"),
]
