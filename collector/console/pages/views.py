"""How does a person keep a view of a list, and let go of one?"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from collector.console.access import need, page, user, viewer
from collector.console.language import in_words
from collector.console.models import SavedView
from collector.console.pages import cases, leads
from collector.console.saved import given, save
from collector.console.tables import Listing
from collector.faults import CollectorError
from collector.text import bilingual

_LISTINGS: dict[str, Listing[Any]] = {one.name: one for one in (leads.LISTING, cases.LISTING)}


@page("POST")
def save_view(request: HttpRequest, name: str) -> HttpResponse:
    """Keep what the list shows under a name."""
    listing = _LISTINGS.get(name)
    if listing is None:
        raise Http404
    need(viewer(request).reads)
    try:
        kept = save(user(request), listing, request.POST.get("name", ""), given(request))
    except CollectorError as fault:
        messages.error(request, in_words(fault))
        return redirect(f"console:{name}")
    messages.success(request, str(bilingual(f"已保存视图“{kept.name}”", f"View '{kept.name}' saved")))
    return redirect(f"{reverse(f'console:{name}')}?{kept.query}")


@page("POST")
def drop_view(request: HttpRequest, number: int) -> HttpResponse:
    """Let go of one of the person's own views."""
    found = get_object_or_404(SavedView, pk=number, user=user(request))
    found.delete()
    messages.success(request, str(bilingual(f"已删除视图“{found.name}”", f"View '{found.name}' deleted")))
    return redirect(f"console:{found.page}" if found.page in _LISTINGS else "console:overview")
