"""What is the HTTP API? Every app's router under ``/api/v1/``, and one form for every fault."""

from __future__ import annotations

import logging

from django.db import OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, ValidationError

from collector.bulletin.api import router as bulletin_router
from collector.cases.api import router as cases_router
from collector.cases.leads_api import router as leads_router
from collector.exchange.api import router as exchange_router
from collector.faults import ApiError
from collector.ingest.api import router as ingest_router
from collector.lists.api import router as lists_router
from collector.lists.lookup_api import router as lookup_router
from collector.lists.referral_api import router as referral_router
from collector.power.api import router as power_router
from collector.resolve.api import router as parks_router
from collector.watch.api import router as watch_router

_LOG = logging.getLogger("collector.api")

api = NinjaAPI(title="Minewatch collector", version="1", urls_namespace="api")
api.add_router("", ingest_router)
api.add_router("", cases_router)
api.add_router("", leads_router)
api.add_router("/weekly-lists", lists_router)
api.add_router("/referrals", referral_router)
api.add_router("/look-ups", lookup_router)
api.add_router("/bulletins", bulletin_router)
api.add_router("/power", power_router)
api.add_router("/parks", parks_router)
api.add_router("", exchange_router)
api.add_router("/watch", watch_router)


class HealthOut(Schema):
    """That the server and its database answer."""

    status: str


@api.get("/health", response={200: HealthOut}, tags=["operation"], summary="Is the collector able to store?")
def health(request: HttpRequest) -> HealthOut:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HealthOut(status="ok")


@api.exception_handler(ApiError)
def _fault(request: HttpRequest, fault: ApiError) -> HttpResponse:
    return _answer(request, fault.status, fault.error, fault.hint)


@api.exception_handler(AuthenticationError)
def _no_token(request: HttpRequest, fault: AuthenticationError) -> HttpResponse:
    return _answer(request, 401, "no token was sent", "send Authorization: Bearer <token>")


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, fault: Http404) -> HttpResponse:
    return _answer(request, 404, "there is no such thing", "see /api/v1/docs")


@api.exception_handler(ValidationError)
def _bad_parameters(request: HttpRequest, fault: ValidationError) -> HttpResponse:
    told = "; ".join(f"{'.'.join(map(str, row['loc']))}: {row['msg']}" for row in fault.errors)
    return _answer(request, 422, told, "see /api/v1/docs")


@api.exception_handler(OperationalError)
def _database_busy(request: HttpRequest, fault: OperationalError) -> HttpResponse:
    _LOG.error("database: %s", fault)
    response = _answer(request, 503, "the database does not answer", "try again later; nothing of this was stored")
    response.headers["Retry-After"] = "5"
    return response


@api.exception_handler(Exception)
def _unforeseen(request: HttpRequest, fault: Exception) -> HttpResponse:
    _LOG.exception("unforeseen fault at %s", request.path, exc_info=fault)
    return _answer(request, 500, "a fault of the collector", "its log says more; nothing of this was stored")


def _answer(request: HttpRequest, status: int, error: str, hint: str) -> HttpResponse:
    response: HttpResponse = api.create_response(request, {"error": error, "hint": hint}, status=status)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
