"""Addresses of messages, of chasing and of the record of what was sent."""

from django.urls import path

from tasks.notifications import preference_views, views

urlpatterns = [
    path("messages/", views.message_list, name="message_list"),
    path("account/", preference_views.own_account, name="own_account"),
    path("messages/read/", views.messages_read, name="messages_read"),
    path("chase/", views.chase_now, name="chase_now"),
    path("chase/<slug:slug>/<str:quarter_text>/", views.chase_list, name="chase_list"),
    path("chase-several/<slug:slug>/<str:quarter_text>/", views.chase_several, name="chase_several"),
    path("chase/<slug:slug>/<str:quarter_text>/<slug:agency_slug>/", views.chase, name="chase"),
    path("sent/", views.sent, name="sent"),
    path("sent/retry/", views.delivery_retry, name="delivery_retry"),
]
