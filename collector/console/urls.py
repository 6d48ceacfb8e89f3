"""Which address shows which page?"""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path
from django.views.i18n import set_language

from collector.console import views

app_name = "console"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("lists/", views.weekly_lists, name="lists"),
    path("lists/freeze/", views.freeze_list, name="freeze"),
    path("lists/<str:number>.zip", views.download, name="download"),
    path("leads/<str:no>/", views.lead, name="lead"),
    path("login/", LoginView.as_view(template_name="console/login.html"), name="login"),
    path("logout/", LogoutView.as_view(next_page="/login/"), name="logout"),
    path("language/", set_language, name="language"),
]
