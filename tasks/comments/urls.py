"""URLs of the experts' comments."""

from django.urls import path

from tasks.comments import views

urlpatterns = [
    path("comments/", views.comment_list, name="comment_list"),
    path("comments/<int:pk>/", views.comment, name="comment"),
    path("comments/<int:pk>/release/", views.comment_release, name="comment_release"),
    path("comments/<int:pk>/withdraw/", views.comment_withdraw, name="comment_withdraw"),
    path("comments/<slug:kind>/<int:pk>/", views.comments_about, name="comments_about"),
]
