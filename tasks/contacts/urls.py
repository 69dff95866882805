"""URL of the contacts page 联系人."""

from django.urls import path

from tasks.contacts import views

urlpatterns = [
    path("contacts/", views.contacts, name="contacts"),
]
