"""Addresses of the desk, of returns and of the queues."""

from django.urls import include, path

from tasks.filing import desk_views, review_views
from tasks.filing.workbook import views as workbook

urlpatterns = [
    path("desk/", desk_views.desk_page, name="desk"),
    path("desk/workbook/", workbook.download, name="workbook"),
    path("desk/workbook/upload/", workbook.upload, name="workbook_upload"),
    path("desk/workbook/apply/", workbook.apply, name="workbook_apply"),
    path("desk/<slug:slug>/<str:quarter_text>/<str:ref>/", desk_views.return_edit, name="return_edit"),
    path(
        "desk/<slug:slug>/<str:quarter_text>/<str:ref>/check/", desk_views.return_check, name="return_check"
    ),
    path("returns/<int:pk>/", review_views.return_page, name="return"),
    path("returns/<int:pk>/versions/<int:number>/", review_views.version_page, name="version"),
    path("returns/<int:pk>/decide/", review_views.decide_view, name="decide"),
    path("", include("tasks.filing.evidence.urls")),
    path("review/", review_views.review, name="review"),
    path("review/workbook/", workbook.download_all, name="workbook_all"),
]
