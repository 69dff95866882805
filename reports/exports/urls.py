"""Addresses of downloads."""

from django.urls import path

from reports.exports import views

urlpatterns = [
    path("plans/<slug:slug>/evaluation.xlsx", views.evaluation_xlsx, name="evaluation_xlsx"),
    path("plans/<slug:slug>/scores.xlsx", views.score_xlsx, name="score_xlsx"),
    path("plans/<slug:slug>/targets.xlsx", views.target_list_xlsx, name="target_list_xlsx"),
    path("plans/<slug:slug>/tasks/<slug:ref>.docx", views.task_docx, name="task_docx"),
    path("returns/<int:pk>/versions/<int:number>.docx", views.return_docx, name="return_docx"),
    path("plans/<slug:slug>/tasks.xlsx", views.task_list_xlsx, name="task_list_xlsx"),
]
