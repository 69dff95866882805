"""The address of kept filters."""

from django.urls import path

from tasks.saved_lists import views

urlpatterns = [path("lists/", views.saved_lists, name="saved_lists")]
