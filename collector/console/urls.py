"""Which address shows which page?"""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path
from django.views.i18n import set_language

from collector.accounts.forms import SignInForm
from collector.console.pages import (
    audit,
    bulletins,
    cases,
    imports,
    leads,
    lists,
    overview,
    people,
    search,
    selfaudit,
    sensors,
    signatures,
    trace,
    units,
)
from collector.console.unmask import unmask

app_name = "console"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("search/", search.search, name="search"),
    path("leads/", leads.leads, name="leads"),
    path("leads/<str:no>/", leads.lead, name="lead"),
    path("leads/<str:no>/unmask/", unmask, name="unmask"),
    path("cases/", cases.cases, name="cases"),
    path("cases/open/", cases.open_many, name="case-open"),
    path("cases/together/", cases.together, name="case-together"),
    path("cases/<str:no>/", cases.case, name="case"),
    path("cases/<str:no>/sheet/", cases.sheet, name="case-sheet"),
    path("cases/<str:no>/act/", cases.act, name="case-act"),
    path("cases/<str:no>/evidence/", cases.evidence, name="case-evidence"),
    path("cases/<str:no>/evidence/<str:sha256>", cases.evidence_file, name="case-file"),
    path("lists/", lists.weekly_lists, name="lists"),
    path("lists/preview/", lists.preview_list, name="preview"),
    path("lists/freeze/", lists.freeze_list, name="freeze"),
    path("lists/<str:number>.zip", lists.download, name="download"),
    path("lists/<str:number>/", lists.issue, name="issue"),
    path("lists/<str:number>/dispatch/", lists.dispatch_issue, name="issue-dispatch"),
    path("lists/<str:number>/<str:code>/sign/", lists.sign_for, name="issue-sign"),
    path("lists/<str:number>/<str:code>.zip", lists.part, name="issue-part"),
    path("bulletins/", bulletins.bulletins, name="bulletins"),
    path("bulletins/freeze/", bulletins.freeze_bulletin, name="bulletin-freeze"),
    path("bulletins/<str:number>.<str:form>", bulletins.bulletin_file, name="bulletin-file"),
    path("bulletins/<str:number>/", bulletins.bulletin, name="bulletin"),
    path("traces/", trace.requests, name="traces"),
    path("traces/ask/", trace.ask, name="trace-ask"),
    path("traces/<str:no>/", trace.trace, name="trace"),
    path("traces/<str:no>/file.<str:form>", trace.trace_file, name="trace-file"),
    path("units/", units.units, name="units"),
    path("units/<int:number>/", units.unit, name="unit"),
    path("sensors/", sensors.sensors, name="sensors"),
    path("sensors/<int:number>/", sensors.sensor, name="sensor"),
    path("self-audits/", selfaudit.audits, name="selfaudits"),
    path("self-audits/<str:no>/", selfaudit.audit, name="selfaudit"),
    path("self-audits/<str:no>/report.<str:form>", selfaudit.report, name="selfaudit-report"),
    path("self-audits/<str:no>/submit/", selfaudit.submit, name="selfaudit-submit"),
    path("signatures/", signatures.signatures, name="signatures"),
    path("imports/", imports.imports, name="imports"),
    path("imports/<str:no>/undo/", imports.undo, name="import-undo"),
    path("imports/new/<str:kind>/<str:key>/", imports.import_step, name="import-step"),
    path("audit/", audit.entries, name="audit"),
    path("people/", people.people, name="people"),
    path("login/", LoginView.as_view(template_name="console/login.html", authentication_form=SignInForm), name="login"),
    path("logout/", LogoutView.as_view(next_page="/login/"), name="logout"),
    path("language/", set_language, name="language"),
]
