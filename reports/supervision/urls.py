"""Addresses of supervision and of instructions."""

from django.urls import path

from reports.supervision import (
    grade_views,
    hand_views,
    instruction_views,
    resolution_views,
    rule_views,
    views,
)

urlpatterns = [
    path("supervision/", views.notice_list, name="notice_list"),
    path("supervision/new/", hand_views.notice_new, name="notice_new"),
    path("supervision/files/<uuid:pk>/", views.answer_file, name="notice_answer_file"),
    path("supervision/grades/", grade_views.notice_grades, name="notice_grades"),
    path("supervision/rules/", rule_views.supervision_rules, name="supervision_rules"),
    path("supervision/issue/", views.notice_issue_several, name="notice_issue_several"),
    path("supervision/<int:pk>/", views.notice, name="notice"),
    path("supervision/<int:pk>/issue/", views.notice_issue, name="notice_issue"),
    path("supervision/<int:pk>/reject/", views.notice_reject, name="notice_reject"),
    path("supervision/<int:pk>/acknowledge/", views.notice_acknowledge, name="notice_acknowledge"),
    path("supervision/<int:pk>/answer/", views.notice_answer, name="notice_answer"),
    path("supervision/<int:pk>/take-back/", views.notice_take_back, name="notice_take_back"),
    path("supervision/<int:pk>/decide/", views.notice_decide, name="notice_decide"),
    path("supervision/<int:pk>/withdraw/", views.notice_withdraw, name="notice_withdraw"),
    path("supervision/<int:pk>/reopen/", views.notice_reopen, name="notice_reopen"),
    path("supervision/<int:pk>/document/", views.notice_document, name="notice_document"),
    path("supervision/<int:pk>/pdf/", views.notice_pdf, name="notice_pdf"),
    path("instructions/", instruction_views.instruction_list, name="instruction_list"),
    path("instructions/new/", instruction_views.instruction_new, name="instruction_new"),
    path("resolutions/", resolution_views.resolutions, name="resolutions"),
    path("instructions/files/<uuid:pk>/", instruction_views.instruction_file, name="instruction_file"),
    path("instructions/<int:pk>/", instruction_views.instruction, name="instruction"),
    path("instructions/<int:pk>/assign/", instruction_views.instruction_assign, name="instruction_assign"),
    path("instructions/<int:pk>/aside/", instruction_views.instruction_aside, name="instruction_aside"),
]
