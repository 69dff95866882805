"""Addresses of 重点关注."""

from django.urls import path

from reports.focus import views

urlpatterns = [path("plans/<slug:slug>/focus/", views.focus_page, name="focus")]
