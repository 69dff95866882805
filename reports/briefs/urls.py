"""Addresses of the briefs and of their verification."""

from django.urls import path

from reports.briefs import verify, views

urlpatterns = [
    path("briefs/", views.brief_list, name="brief_list"),
    path("briefs/ask/", views.ask, name="brief_ask"),
    path("briefs/<int:pk>/", views.brief, name="brief"),
    path("briefs/<int:pk>/pdf/", views.pdf, name="brief_pdf"),
    path("briefs/<int:pk>/figures.json", views.figures, name="brief_figures"),
    path("briefs/<int:pk>/issue/", views.issue, name="brief_issue"),
    path("briefs/<int:pk>/withdraw/", views.withdraw, name="brief_withdraw"),
    path("briefs/<int:pk>/retry/", views.retry, name="brief_retry"),
    path("verify/", verify.verify, name="verify"),
    path("verify/<str:code>/", verify.verify_code, name="verify_code"),
]
