"""How are accounts, roles and keys given and taken? By administrators of their own kind, dated, and on the record.

Three kinds of administrator share it (三员分立): the system administrator makes and ends accounts and keys, the
security administrator decides on roles and second factors, the audit administrator reads the log. None of them works
on cases, nobody is two of them, and nobody decides about themselves.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from collector.accounts.choices import OfficeKind, Role, TokenScope
from collector.accounts.factor import remove
from collector.accounts.models import ApiToken, Membership, Office
from collector.accounts.services import approve_token, issue_token, office_named, revoke_token
from collector.audit.choices import Action
from collector.audit.services import Deed, record
from collector.faults import CollectorError
from collector.text import bilingual

ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
MIN_REASON_CHARS = 4
MAX_KEY_DAYS = 3_650


@dataclass(frozen=True, slots=True)
class By:
    """Who decides, from where, when, and why."""

    actor: str
    address: str | None
    now: datetime
    reason: str = ""


@transaction.atomic
def open_account(by: By, name: str, office: Office) -> User:
    """A new person in an office, without a role and without a password: the link of ``sign_in_link`` sets one."""
    if User.objects.filter(username=name).exists():
        raise CollectorError(f"{name}: {bilingual('用户名已存在，请换一个', 'the name is taken; choose another')}")
    user = User(username=name)
    user.set_unusable_password()
    try:
        user.full_clean(exclude=["password"])
    except ValidationError:
        told = bilingual("用户名只能用字母、数字和 @ . + - _", "a name has letters, digits and @ . + - _ only")
        raise CollectorError(f"{name[:60]}: {told}") from None
    user.save()
    _note(by, "account", name, {"what": "opened", "office": office.name})
    join(by, user, office)
    return user


@transaction.atomic
def sign_in_link(by: By, user: User) -> tuple[str, str]:
    """Key and token of a link by which the person sets a password, once, within days.

    Whoever makes the link could use it. So where there is a password already, every role waits for the security
    administrator to grant it anew: nobody becomes another person alone.
    """
    _refuse_self(by, user)
    if user.has_usable_password():
        held = Membership.objects.filter(user=user).exclude(role=Role.PENDING)
        told = ", ".join(f"{row.office}: {row.role}" for row in held.select_related("office"))
        held.update(role=Role.PENDING)
        _note(by, "account", user.get_username(), {"what": "roles wait", "were": told})
    _note(by, "account", user.get_username(), {"what": "sign-in link"})
    return urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)


@transaction.atomic
def close_account(by: By, user: User) -> None:
    """Lock an account; what it did stays on record. Raises ``CollectorError`` for one's own."""
    _refuse_self(by, user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    _note(by, "account", user.get_username(), {"what": "closed"})


@transaction.atomic
def reopen_account(by: By, user: User) -> None:
    """Unlock an account."""
    _refuse_self(by, user)
    user.is_active = True
    user.save(update_fields=["is_active"])
    _note(by, "account", user.get_username(), {"what": "reopened"})


@transaction.atomic
def join(by: By, user: User, office: Office) -> Membership:
    """Put a person into one more office, without a role there."""
    row, is_new = Membership.objects.get_or_create(user=user, office=office, defaults={"role": Role.PENDING})
    if not is_new:
        told = bilingual(f"已在{office.name}", f"is in {office.name} already")
        raise CollectorError(f"{user.get_username()}: {told}")
    _note(by, "membership", user.get_username(), {"what": "joined", "office": office.name})
    return row


@transaction.atomic
def grant(by: By, row: Membership, role: str, valid_until: datetime | None) -> None:
    """Give a person a role in an office, until a moment or until it is taken away."""
    _refuse_self(by, row.user)
    _need_reason(by)
    if role not in Role.values:
        raise CollectorError(f"{role[:20]}: {bilingual('没有这个角色', 'there is no such role')}")
    if valid_until is not None and valid_until <= by.now:
        raise CollectorError(str(bilingual("有效期须晚于现在", "the role must end later than now")))
    _refuse_two_hats(row, Role(role), by.now)
    before = {"role_before": row.role, "until_before": _said(row.valid_until)}
    row.role, row.valid_until = role, valid_until
    row.save(update_fields=["role", "valid_until"])
    after = {"office": row.office.name, "role": role, "until": _said(valid_until)}
    _note(by, "membership", row.user.get_username(), {"what": "granted"} | before | after)


@transaction.atomic
def end_membership(by: By, row: Membership) -> None:
    """Take a role away as of now; the row stays, with its end."""
    _refuse_self(by, row.user)
    _need_reason(by)
    row.valid_until = by.now
    row.save(update_fields=["valid_until"])
    told = {"what": "ended", "office": row.office.name, "role": row.role}
    _note(by, "membership", row.user.get_username(), told)


@transaction.atomic
def reset_factor(by: By, user: User) -> None:
    """Take a person's time code away, as when the telephone was lost."""
    _refuse_self(by, user)
    _need_reason(by)
    _note(by, "second-factor", user.get_username(), {"what": "reset", "devices": str(remove(user))})


@transaction.atomic
def open_office(by: By, name: str, division_code: str, kind: str, uscc: str) -> Office:
    """A new office. Raises ``CollectorError`` when the name is taken or the division is none."""
    if not name or kind not in OfficeKind.values:
        raise CollectorError(str(bilingual("请填写单位名称和类型", "give the office's name and kind")))
    if Office.objects.filter(name=name).exists():
        raise CollectorError(f"{name}: {bilingual('单位已存在', 'the office is there already')}")
    if kind == OfficeKind.UNIT and not uscc:
        told = bilingual("被通报单位须填统一社会信用代码", "a notified unit needs its unified social credit code")
        raise CollectorError(f"{name}: {told}")
    office = office_named(name, division_code, OfficeKind(kind))
    office.uscc = uscc
    office.save(update_fields=["uscc"])
    _note(by, "office", name, {"what": "opened", "division": division_code, "kind": kind, "uscc": uscc})
    return office


@transaction.atomic
def issue_key(by: By, office: Office, name: str, days: int, hidden: Collection[str]) -> str:
    """An API key of an office; its text is told once, and opens nothing before ``approve_key``."""
    if not name or not 1 <= days <= MAX_KEY_DAYS:
        told = bilingual(f"请填写名称和有效天数（1–{MAX_KEY_DAYS}）", f"give a name and its days (1–{MAX_KEY_DAYS})")
        raise CollectorError(str(told))
    ends = by.now + timedelta(days=days)
    row, text = issue_token(
        name[:200], TokenScope.OFFICE, office, hidden_fields=hidden, expires_at=ends, issued_by=by.actor
    )
    detail = {"what": "issued", "office": office.name, "name": row.name, "until": _said(ends)}
    _note(by, "key", row.prefix, detail | {"hidden": ",".join(sorted(hidden))})
    return text


@transaction.atomic
def approve_key(by: By, row: ApiToken) -> None:
    """Let an API key work: the security administrator's, for a reason. Raises ``CollectorError`` for one's own."""
    _need_reason(by)
    approve_token(row, by.actor, by.now)
    _note(by, "key", row.prefix, {"what": "approved", "name": row.name, "issued_by": row.issued_by})


@transaction.atomic
def revoke_key(by: By, row: ApiToken) -> None:
    """End an API key for good."""
    revoke_token(row, by.now)
    _note(by, "key", row.prefix, {"what": "revoked", "name": row.name})


def _refuse_self(by: By, user: User) -> None:
    if user.get_username() == by.actor:
        told = bilingual("不能处理自己的账号，请由另一位管理员处理", "nobody decides about themselves; ask another one")
        raise CollectorError(str(told))


def _refuse_two_hats(row: Membership, role: Role, now: datetime) -> None:
    """An administrator is one thing only, in every office together."""
    live = Q(valid_until__isnull=True) | Q(valid_until__gt=now)
    others = Membership.objects.filter(live, user=row.user).exclude(pk=row.pk).exclude(role=Role.PENDING)
    held = {Role(one) for one in others.values_list("role", flat=True)} - {role}
    if held and (role in ADMINISTRATORS or held & ADMINISTRATORS):
        words = "、".join(str(one.label) for one in sorted(held))
        told = bilingual(
            f"已是{words}：三类管理员须分设，也不能兼办业务",
            f"is {words} already: an administrator holds one role only, and no case work",
        )
        raise CollectorError(f"{row.user.get_username()}: {told}")


def _need_reason(by: By) -> None:
    if len(by.reason) < MIN_REASON_CHARS:
        told = bilingual(
            f"请写明理由（至少 {MIN_REASON_CHARS} 个字）", f"give a reason of at least {MIN_REASON_CHARS} characters"
        )
        raise CollectorError(str(told))


def _note(by: By, kind: str, name: str, detail: dict[str, str]) -> None:
    record(Deed(by.actor, Action.GRANT, kind, name, address=by.address, purpose=by.reason, detail=detail), by.now)


def _said(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
