"""Which address leads where?"""

from __future__ import annotations

import importlib.util

from django.urls import URLPattern, URLResolver, include, path

from collector.api import api

urlpatterns: list[URLPattern | URLResolver] = [path("api/v1/", api.urls)]
if importlib.util.find_spec("collector.console") and importlib.util.find_spec("collector.console.urls"):
    urlpatterns.append(path("", include("collector.console.urls")))
