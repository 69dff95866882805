"""URLs of reforms 机构改革 and of the handover to a successor."""

from django.urls import path

from tasks.reforms import views

urlpatterns = [
    path("plans/<slug:slug>/reforms/", views.reform_list, name="reform_list"),
    path("plans/<slug:slug>/reforms/<str:on>/", views.reform_page, name="reform"),
    path("desk/handover/", views.handover, name="handover"),
    path("desk/handover/take/", views.handover_take, name="handover_take"),
]
