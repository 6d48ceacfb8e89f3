"""What is in an AAA export? Sessions: which subscriber held which address (and ports) from when to when."""

from __future__ import annotations

from collector.registry.choices import ImportKind, Source
from collector.registry.imports.ownership import (
    PORT_COLUMNS,
    REALM_COLUMN,
    UNIT_COLUMNS,
)
from collector.registry.imports.statements import Places, statement_kind
from collector.registry.imports.table import Column

COLUMNS = (
    Column(
        "address_held",
        ("framed-ip-address", "framed ip", "IP地址", "用户IP", "分配IP", "公网IP", "IP", "ip address", "address"),
        required=True,
    ),
    Column(
        "start",
        ("上线时间", "开始时间", "起始时间", "登录时间", "start time", "acct-start-time", "session start", "from"),
        required=True,
    ),
    Column(
        "end",
        (
            "下线时间",
            "结束时间",
            "终止时间",
            "登出时间",
            "stop",
            "stop time",
            "end time",
            "acct-stop-time",
            "session end",
            "to",
        ),
    ),
    Column(
        "subscriber",
        (
            "用户账号",
            "宽带账号",
            "账号",
            "用户名",
            "用户帐号",
            "帐号",
            "上网账号",
            "user-name",
            "username",
            "account",
            "user",
        ),
        required=True,
    ),
    Column(
        "unit_name", ("单位名称", "客户名称", "用户名称", "使用单位", "企业名称", "unit", "customer", "customer name")
    ),
    Column("session_key", ("会话标识", "会话ID", "acct-unique-session-id", "acct-session-id", "session id")),
    REALM_COLUMN,
    *PORT_COLUMNS,
    *UNIT_COLUMNS,
)


KIND = statement_kind(ImportKind.AAA, Source.AAA, COLUMNS, Places("address_held", "start", "end", "subscriber"))
