"""Which pages of one's own account are there?"""

from django.urls import path

from collector.accounts import views

app_name = "accounts"
urlpatterns = [
    path("second-factor/", views.second_factor, name="second-factor"),
]
