"""The address of 日历."""

from django.urls import path

from reports.month import views

urlpatterns = [path("plans/<slug:slug>/month/", views.month, name="month")]
