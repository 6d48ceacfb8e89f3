"""Which pages of one's own account are there?"""

from django.urls import path
from django.views.decorators.cache import never_cache

from collector.accounts import views

app_name = "accounts"
urlpatterns = [
    path("welcome/<str:uidb64>/<str:token>/", views.Welcome.as_view(), name="welcome"),
    path("password/", never_cache(views.NewPassword.as_view()), name="password"),
    path("second-factor/", views.second_factor, name="second-factor"),
]
