"""Addresses of the desk, of drafts and of the workbook."""

from django.urls import include, path

from tasks.submissions import check_views, desk_views, views
from tasks.submissions.workbook import views as workbook

urlpatterns = [
    path("desk/", desk_views.desk_page, name="desk"),
    path("desk/workbook/", workbook.download, name="workbook"),
    path("desk/workbook/upload/", workbook.upload, name="workbook_upload"),
    path("desk/workbook/apply/", workbook.apply, name="workbook_apply"),
    path("desk/<slug:slug>/<str:quarter_text>/<str:ref>/", views.return_edit, name="return_edit"),
    path(
        "desk/<slug:slug>/<str:quarter_text>/<str:ref>/check/", check_views.return_check, name="return_check"
    ),
    path("", include("tasks.submissions.evidence.urls")),
    path("review/workbook/", workbook.download_all, name="workbook_all"),
]
