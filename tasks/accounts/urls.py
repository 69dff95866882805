"""URLs of sign-in, sign-out and passwords, and of the three administrators' pages."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path

from tasks.accounts import (
    account_list_views,
    appointment_views,
    factor_views,
    personal_views,
    session_views,
    views,
)

urlpatterns = [
    path("text-size/", login_not_required(personal_views.text_size), name="text_size"),
    path("first-use/", personal_views.first_use, name="first_use"),
    path("login/", login_not_required(views.Login.as_view()), name="login"),
    path("login/code/", login_not_required(factor_views.LoginCode.as_view()), name="login_code"),
    path("second-factor/", factor_views.second_factor, name="second_factor"),
    path("accounts/<int:pk>/second-factor/end/", factor_views.account_factor_end, name="account_factor_end"),
    path("logout/", views.logout, name="logout"),
    path("password/", views.PasswordChange.as_view(), name="password"),
    path("sessions/", session_views.session_list, name="session_list"),
    path("sessions/end/", session_views.session_end, name="session_end"),
    path("accounts/<int:pk>/sessions/end/", session_views.account_sessions_end, name="account_sessions_end"),
    path("acting/", views.act_for, name="act_for"),
    path("accounts/", views.accounts, name="accounts"),
    path("accounts/new/", views.account_create, name="account_create"),
    path("accounts/list/", account_list_views.list_upload, name="account_list"),
    path("accounts/list/template.xlsx", account_list_views.list_template, name="account_list_template"),
    path("accounts/list/apply/", account_list_views.list_apply, name="account_list_apply"),
    path("accounts/<int:pk>/invite/", account_list_views.account_invite, name="account_invite"),
    path("invitation/<str:secret>/", account_list_views.invitation, name="invitation"),
    path("accounts/<int:pk>/", views.account, name="account"),
    path("accounts/<int:pk>/active/", views.account_active, name="account_active"),
    path("accounts/<int:pk>/password/", views.account_password, name="account_password"),
    path("accounts/<int:pk>/unlock/", views.account_unlock, name="account_unlock"),
    path("rights/", views.rights, name="rights"),
    path("rights/requests/", account_list_views.rights_requests, name="rights_requests"),
    path("rights/bodies/", views.rights_bodies, name="rights_bodies"),
    path("rights/appointments/<int:pk>/end/", appointment_views.appointment_end, name="appointment_end"),
    path("rights/<int:pk>/appoint/", appointment_views.appoint, name="appoint"),
    path("deputies/", appointment_views.deputies, name="deputies"),
    path("deputies/<int:pk>/end/", appointment_views.deputy_end, name="deputy_end"),
    path("rights/<int:pk>/", appointment_views.rights_edit, name="rights_edit"),
]
