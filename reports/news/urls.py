"""Addresses of 最新动态."""

from django.urls import path

from reports.news import views

urlpatterns = [
    path("news/", views.news_page, name="news"),
    path("news/read/", views.news_read, name="news_read"),
]
