"""How is a person's data seen in clear? For a reason, which is written down before anything is shown."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from collector.accounts.scope import Capability, scope_of, within
from collector.audit.choices import Action
from collector.audit.request import actor_of, address_of
from collector.audit.services import Deed, record
from collector.cases.models import Lead
from collector.resolve.models import Assertion

MIN_REASON_CHARS = 6


@never_cache
@login_required
@require_POST
def unmask(request: HttpRequest, no: str) -> HttpResponse:
    """Names, addresses and accounts that stand behind a lead, as the sources gave them."""
    now = timezone.now()
    scope = scope_of(request.user, Capability.UNMASK, now)
    if not scope:
        raise Http404
    lead = get_object_or_404(Lead, Q(no=no) & within("division_code", scope))
    reason = " ".join(request.POST.get("reason", "").split())
    context: dict[str, object] = {"lead": lead, "reason": reason}
    if len(reason) < MIN_REASON_CHARS:
        return render(request, "console/unmasked.html", context, status=400)
    actor, office = actor_of(request)
    record(Deed(actor, Action.UNMASK, "lead", lead.no, office, address_of(request), purpose=reason), now)
    rows = Assertion.objects.filter(attribution__lead_session__lead=lead, attribution__is_current=True)
    return render(request, "console/unmasked.html", context | {"assertions": rows.order_by("-score")[:100]})
