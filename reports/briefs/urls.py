"""Addresses of the briefs and of their verification."""

from django.urls import path

from reports.briefs import (
    edit_views,
    feedback_views,
    set_views,
    settings_views,
    subscription_views,
    verification_views,
    views,
)

urlpatterns = [
    path("briefs/", views.brief_list, name="brief_list"),
    path("briefs/ask/", views.ask, name="brief_ask"),
    path("briefs/settings/", settings_views.brief_settings, name="brief_settings"),
    path("briefs/sets/ask/", set_views.ask_set, name="brief_set_ask"),
    path("briefs/sets/<int:pk>/", set_views.brief_set, name="brief_set"),
    path("briefs/sets/<int:pk>/issue/", set_views.issue, name="brief_set_issue"),
    path("briefs/sets/<int:pk>/issued.zip", set_views.issued_zip, name="brief_set_zip"),
    path("briefs/sets/<int:pk>/print.pdf", set_views.print_file, name="brief_set_print"),
    path("briefs/sets/<int:pk>/hand-over/", feedback_views.hand_over_set, name="brief_set_hand_over"),
    path("briefs/sets/<int:pk>/stop/", set_views.stop, name="brief_set_stop"),
    path("briefs/sets/<int:pk>/retry/", set_views.retry, name="brief_set_retry"),
    path("briefs/sets/<int:pk>/discard/", set_views.discard, name="brief_set_discard"),
    path("briefs/subscriptions/", subscription_views.subscriptions, name="brief_subscriptions"),
    path("briefs/<int:pk>/subscription/", subscription_views.subscription, name="brief_subscription"),
    path("briefs/<int:pk>/", views.brief, name="brief"),
    path("briefs/<int:pk>/edit/", edit_views.edit, name="brief_edit"),
    path("briefs/<int:pk>/copy.docx", views.copy, {"form": "docx"}, name="brief_docx"),
    path("briefs/<int:pk>/copy.xlsx", views.copy, {"form": "xlsx"}, name="brief_xlsx"),
    path("briefs/<int:pk>/read/", views.read, name="brief_read"),
    path("briefs/<int:pk>/pdf/", views.pdf, name="brief_pdf"),
    path("briefs/<int:pk>/figures.json", views.figures, name="brief_figures"),
    path("briefs/<int:pk>/issue/", views.issue, name="brief_issue"),
    path("briefs/<int:pk>/hand-over/", feedback_views.hand_over, name="brief_hand_over"),
    path("briefs/<int:pk>/withdraw/", views.withdraw, name="brief_withdraw"),
    path("briefs/<int:pk>/discard/", views.discard, name="brief_discard"),
    path("briefs/<int:pk>/retry/", views.retry, name="brief_retry"),
    path("feedback/", feedback_views.feedback_list, name="feedback_list"),
    path("feedback/<int:pk>/pdf/", feedback_views.feedback_pdf, name="feedback_pdf"),
    path("feedback/<int:pk>/receipt/", feedback_views.feedback_sign, name="feedback_sign"),
    path("verify/", verification_views.verify, name="verify"),
    path("verify/<str:code>/", verification_views.verify_code, name="verify_code"),
]
