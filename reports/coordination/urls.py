"""Addresses of requests for coordination."""

from django.urls import path

from reports.coordination import views

urlpatterns = [
    path("coordination/", views.coordination_list, name="coordination_list"),
    path("coordination/new/", views.coordination_new, name="coordination_new"),
    path("coordination/<int:pk>/", views.coordination, name="coordination"),
    path("coordination/<int:pk>/act/", views.coordination_act, name="coordination_act"),
    path("coordination/document/", views.coordination_document, name="coordination_document"),
    path("coordination/files/<uuid:pk>/", views.coordination_file, name="coordination_file"),
]
