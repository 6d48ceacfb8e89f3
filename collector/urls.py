"""Which address leads where?"""

from __future__ import annotations

import importlib.util

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = []
if importlib.util.find_spec("collector.console.urls") if importlib.util.find_spec("collector.console") else None:
    urlpatterns.append(path("", include("collector.console.urls")))
