"""Which address leads where? The API under ``/api/v1/``, the console everywhere else."""

from __future__ import annotations

from django.urls import include, path

from collector.api import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("account/", include("collector.accounts.urls")),
    path("", include("collector.console.urls")),
]
