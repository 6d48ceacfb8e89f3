"""How do tokens live? Shown once, kept as a digest, found by digest, revoked for good."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.db.models import Q

from collector.accounts.choices import OfficeKind, Role, TokenScope
from collector.accounts.models import ApiToken, Membership, Office
from collector.faults import CollectorError
from collector.registry.divisions import is_code

_MARK = "mw_"
_SHOWN_CHARS = 8


def issue_token(
    name: str,
    scope: TokenScope,
    office: Office | None = None,
    *,
    hidden_fields: Collection[str] = (),
    expires_at: datetime | None = None,
    issued_by: str = "",
) -> tuple[ApiToken, str]:
    """A new token's row and its text. The text is never to be had again; an office's waits for ``approve_token``."""
    text = _MARK + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        name=name,
        scope=scope,
        office=office,
        sha256=token_digest(text),
        prefix=text[:_SHOWN_CHARS],
        hidden_fields=sorted(hidden_fields),
        expires_at=expires_at,
        issued_by=issued_by[:200],
    )
    return row, text


def approve_token(token: ApiToken, approver: str, now: datetime) -> None:
    """Let an office's token open what it is for. Raises ``CollectorError`` where the issuer approves, or it is over."""
    if approver == token.issued_by:
        raise CollectorError(
            f"key {token.prefix}…: nobody approves a key of their own; ask another security administrator",
            f"密钥 {token.prefix}…：不能批准自己签发的密钥；请另一位安全管理员批准",
        )
    waiting = ApiToken.objects.filter(_unexpired(now), pk=token.pk, approved_at__isnull=True, revoked_at__isnull=True)
    if not waiting.update(approved_by=approver[:200], approved_at=now):
        raise CollectorError(
            f"key {token.prefix}…: waits for no approval; it was approved, revoked or is over",
            f"密钥 {token.prefix}…：不在等待批准；已批准、吊销或过期",
        )


def waiting_key(prefix: str) -> ApiToken:
    """The one office's key that begins so and waits for approval; raises ``CollectorError`` at none or several."""
    rows = ApiToken.objects.filter(scope=TokenScope.OFFICE, approved_at__isnull=True, revoked_at__isnull=True)
    found = list(rows.filter(prefix__startswith=prefix[:_SHOWN_CHARS]).select_related("office")[:2])
    if len(found) == 1:
        return found[0]
    many = (
        ("several keys that wait begin", "多个待批准的密钥以此开头")
        if found
        else ("no key that waits begins", "没有以此开头的待批准密钥")
    )
    raise CollectorError(
        f"key {prefix[:_SHOWN_CHARS]}: {many[0]} so; see the console's page of keys",
        f"密钥 {prefix[:_SHOWN_CHARS]}：{many[1]}；请在控制台“接口密钥”页查看",
    )


def find_token(text: str, scope: TokenScope, now: datetime) -> ApiToken | None:
    """The live token of this text and scope, if there is one: neither revoked nor expired, and approved if need be."""
    live = _unexpired(now) & (Q(approved_at__isnull=False) | ~Q(scope=TokenScope.OFFICE))
    rows = ApiToken.objects.filter(live, sha256=token_digest(text), scope=scope, revoked_at__isnull=True)
    return rows.select_related("office").first()


def revoke_token(token: ApiToken, now: datetime) -> None:
    """End a token; a token already revoked keeps its first moment."""
    ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now)


def revoke_by_prefix(prefix: str, now: datetime) -> ApiToken:
    """End the one live token that begins so; raises ``CollectorError`` when none or several do."""
    found = list(ApiToken.objects.filter(prefix__startswith=prefix[:_SHOWN_CHARS], revoked_at__isnull=True)[:2])
    if len(found) != 1:
        how_many = "several live tokens begin" if found else "no live token begins"
        raise CollectorError(
            f"token {prefix[:_SHOWN_CHARS]}: {how_many} so; see: minewatch collector sensors",
            f"令牌 {prefix[:_SHOWN_CHARS]}：{'有多个' if found else '没有'}有效令牌以此开头；请核对",
        )
    revoke_token(found[0], now)
    return found[0]


def _unexpired(now: datetime) -> Q:
    return Q(expires_at__isnull=True) | Q(expires_at__gt=now)


def token_digest(text: str) -> str:
    """SHA-256 of a token. No salt: the token itself is 256 random bits."""
    return hashlib.sha256(text.encode()).hexdigest()


def office_named(name: str, division_code: str, kind: OfficeKind = OfficeKind.CYBERSPACE) -> Office:
    """The office of this name, made when new; raises ``CollectorError`` when it sits in another division."""
    if not is_code(division_code):
        raise CollectorError(
            f"office {name}: {division_code!r} is no division code; give six digits, like 330400",
            f"单位 {name}：{division_code} 不是区划代码；请写六位数字，如 330400",
        )
    office, _ = Office.objects.get_or_create(name=name, defaults={"division_code": division_code, "kind": kind})
    if office.division_code != division_code:
        raise CollectorError(
            f"office {name}: belongs to division {office.division_code}, not {division_code}; "
            "use that code, or another office name",
            f"单位 {name}：属于区划 {office.division_code}，不是 {division_code}；请用该代码，或换一个单位名称",
        )
    return office


@dataclass(frozen=True, slots=True)
class Post:
    """Which office (made when new) a person gets into, as what, and until when."""

    office: str
    division_code: str
    role: str
    kind: OfficeKind = OfficeKind.CYBERSPACE
    uscc: str = ""
    valid_until: datetime | None = None


@transaction.atomic
def add_user(name: str, password: str, post: Post) -> User:
    """A new person in an office. Raises ``CollectorError``, or Django's ``ValidationError``."""
    if post.role not in Role.values:
        raise CollectorError(f"role {post.role}: there is no such role; choose one of {', '.join(Role.values)}")
    if User.objects.filter(username=name).exists():
        raise CollectorError(f"user {name}: is already there; choose another name")
    user = User(username=name)
    user.full_clean(exclude=["password"])
    validate_password(password, user)
    user.set_password(password)
    user.save()
    office = office_named(post.office, post.division_code, post.kind)
    if post.uscc and office.uscc not in ("", post.uscc):
        raise CollectorError(f"office {post.office}: has the code {office.uscc}, not {post.uscc}; use another name")
    if post.uscc and not office.uscc:
        office.uscc = post.uscc
        office.save(update_fields=["uscc"])
    Membership.objects.create(user=user, office=office, role=post.role, valid_until=post.valid_until)
    return user
