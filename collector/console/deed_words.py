"""What is each route and each decision called in the audit log? One row each, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models

from collector.text import bilingual


class Subject(models.TextChoices):
    """What a deed was about."""

    LEADS = "leads", bilingual("线索", "Leads")
    CASES = "cases", bilingual("案件", "Cases")
    LISTS = "lists", bilingual("清单", "Lists")
    BULLETINS = "bulletins", bilingual("周报", "Bulletins")
    TRACES = "traces", bilingual("溯源请求", "Trace requests")
    ELECTRICITY = "electricity", bilingual("用电", "Electricity")
    TIP_OFFS = "tip-offs", bilingual("举报", "Tip-offs")
    UNITS = "units", bilingual("单位台账", "Enterprises")
    SENSORS = "sensors", bilingual("探针与检测", "Sensors and detections")
    SELF_AUDITS = "self-audits", bilingual("单位自查", "Self-audits")
    SIGNATURES = "signatures", bilingual("特征库", "Signatures")
    IMPORTS = "imports", bilingual("数据导入", "Imports")
    EXCHANGE = "exchange", bilingual("数据交换", "Exchange")
    RULES = "rules", bilingual("规则", "Rules")
    ACCOUNTS = "accounts", bilingual("账号与密钥", "Accounts and keys")
    LOG = "log", bilingual("日志与留存", "Log and retention")
    OVERVIEW = "overview", bilingual("概览与搜索", "Overview and search")


@dataclass(frozen=True, slots=True)
class Phrase:
    """What was done, and what about; ``post`` where sending a form to the same address is another deed."""

    subject: Subject
    get: Any
    post: Any = None


ROUTES: Mapping[str, Phrase] = {
    "console:overview": Phrase(Subject.OVERVIEW, bilingual("查看概览", "the overview")),
    "console:search": Phrase(Subject.OVERVIEW, bilingual("搜索", "searched")),
    "console:leads": Phrase(Subject.LEADS, bilingual("查看线索列表", "the list of leads")),
    "console:lead": Phrase(Subject.LEADS, bilingual("查看线索", "a lead")),
    "console:unmask": Phrase(Subject.LEADS, bilingual("查看线索明文", "a lead in clear")),
    "console:view-save": Phrase(Subject.LEADS, bilingual("保存视图", "saved a view")),
    "console:view-drop": Phrase(Subject.LEADS, bilingual("删除视图", "deleted a view")),
    "console:cases": Phrase(Subject.CASES, bilingual("查看案件列表", "the list of cases")),
    "console:case": Phrase(Subject.CASES, bilingual("查看案件", "a case")),
    "console:case-sheet": Phrase(Subject.CASES, bilingual("查看核查单", "a field-check sheet")),
    "console:case-act": Phrase(Subject.CASES, bilingual("办理案件", "acted on a case")),
    "console:case-open": Phrase(Subject.CASES, bilingual("立案", "opened cases")),
    "console:case-together": Phrase(Subject.CASES, bilingual("批量办理案件", "acted on several cases")),
    "console:case-evidence": Phrase(Subject.CASES, bilingual("封存证据文件", "sealed a file of evidence")),
    "console:case-file": Phrase(Subject.CASES, bilingual("下载证据文件", "a file of evidence")),
    "console:case-unmask": Phrase(Subject.CASES, bilingual("查看案件明文", "a case in clear")),
    "console:lists": Phrase(Subject.LISTS, bilingual("查看周清单", "the weekly lists")),
    "console:preview": Phrase(Subject.LISTS, bilingual("预览周清单", "a preview of a list")),
    "console:freeze": Phrase(Subject.LISTS, bilingual("冻结周清单", "froze a weekly list")),
    "console:download": Phrase(Subject.LISTS, bilingual("下载清单", "a list as a file")),
    "console:issue": Phrase(
        Subject.LISTS, bilingual("查看清单", "a list"), bilingual("导入清单反馈", "took in a reply to a list")
    ),
    "console:issue-dispatch": Phrase(Subject.LISTS, bilingual("派发清单", "dispatched a list")),
    "console:issue-sign": Phrase(Subject.LISTS, bilingual("签收清单", "signed for a list")),
    "console:issue-part": Phrase(Subject.LISTS, bilingual("下载清单（分县）", "a county's part of a list")),
    "console:issue-unmask": Phrase(Subject.LISTS, bilingual("查看清单明文", "a list in clear")),
    "console:bulletins": Phrase(Subject.BULLETINS, bilingual("查看周报列表", "the bulletins")),
    "console:bulletin": Phrase(Subject.BULLETINS, bilingual("查看周报", "a bulletin")),
    "console:bulletin-freeze": Phrase(Subject.BULLETINS, bilingual("冻结周报", "froze a bulletin")),
    "console:bulletin-file": Phrase(Subject.BULLETINS, bilingual("下载周报", "a bulletin as a file")),
    "console:traces": Phrase(Subject.TRACES, bilingual("查看溯源请求列表", "the trace requests")),
    "console:trace-ask": Phrase(Subject.TRACES, bilingual("生成溯源请求", "made trace requests")),
    "console:trace": Phrase(
        Subject.TRACES,
        bilingual("查看溯源请求", "a trace request"),
        bilingual("上传溯源反馈", "answered a trace request"),
    ),
    "console:trace-file": Phrase(Subject.TRACES, bilingual("下载溯源请求", "a trace request as a file")),
    "console:trace-unmask": Phrase(
        Subject.TRACES, bilingual("查看溯源结果明文", "answers to a trace request in clear")
    ),
    "console:electricity": Phrase(Subject.ELECTRICITY, bilingual("查看用电", "the meters")),
    "console:electricity-tell": Phrase(
        Subject.ELECTRICITY, bilingual("用电疑点转为线索来源", "noted suspicious meters with leads")
    ),
    "console:meter": Phrase(
        Subject.ELECTRICITY,
        bilingual("查看电表", "a meter"),
        bilingual("电表疑点转为线索来源", "noted a meter with a lead"),
    ),
    "console:tip-offs": Phrase(Subject.TIP_OFFS, bilingual("查看举报列表", "the tip-offs")),
    "console:tip-off": Phrase(
        Subject.TIP_OFFS, bilingual("查看举报", "a tip-off"), bilingual("办理举报", "dealt with a tip-off")
    ),
    "console:tip-off-unmask": Phrase(Subject.TIP_OFFS, bilingual("查看举报人明文", "a tip-off in clear")),
    "console:report": Phrase(
        Subject.TIP_OFFS, bilingual("查看举报页", "the public form"), bilingual("提交举报", "handed in a tip-off")
    ),
    "console:report-status": Phrase(Subject.TIP_OFFS, bilingual("查询举报进度", "the state of a tip-off")),
    "console:units": Phrase(Subject.UNITS, bilingual("查看单位台账", "the enterprises")),
    "console:unit": Phrase(Subject.UNITS, bilingual("查看单位", "an enterprise")),
    "console:unit-unmask": Phrase(Subject.UNITS, bilingual("查看单位明文", "an enterprise in clear")),
    "console:sensors": Phrase(Subject.SENSORS, bilingual("查看探针", "the sensors")),
    "console:sensor": Phrase(Subject.SENSORS, bilingual("查看探针详情", "a sensor")),
    "console:selfaudits": Phrase(
        Subject.SELF_AUDITS,
        bilingual("查看自查列表", "the self-audits"),
        bilingual("上传抓包自查", "uploaded a capture"),
    ),
    "console:selfaudit": Phrase(Subject.SELF_AUDITS, bilingual("查看自查", "a self-audit")),
    "console:selfaudit-report": Phrase(Subject.SELF_AUDITS, bilingual("下载自查报告", "the report of a self-audit")),
    "console:selfaudit-submit": Phrase(Subject.SELF_AUDITS, bilingual("提交自查", "handed in a self-audit")),
    "console:signatures": Phrase(Subject.SIGNATURES, bilingual("查看特征库", "the signatures")),
    "console:pools": Phrase(
        Subject.SIGNATURES,
        bilingual("查看矿池观察", "the pools that are watched"),
        bilingual("提交矿池条目审定", "sent a decision on a pool"),
    ),
    "console:imports": Phrase(
        Subject.IMPORTS, bilingual("查看数据导入", "the imports"), bilingual("上传数据文件", "uploaded a file")
    ),
    "console:import-step": Phrase(
        Subject.IMPORTS,
        bilingual("预览导入", "a rehearsal of an import"),
        bilingual("核对或导入数据", "checked or took in a file"),
    ),
    "console:import-undo": Phrase(Subject.IMPORTS, bilingual("撤销导入", "undid an import")),
    "console:audit": Phrase(Subject.LOG, bilingual("查看审计日志", "the audit log")),
    "console:rules": Phrase(Subject.RULES, bilingual("查看规则", "the rules")),
    "console:rule-put": Phrase(Subject.RULES, bilingual("提交规则", "sent a rule")),
    "console:rule-end": Phrase(Subject.RULES, bilingual("提交规则终止", "sent a rule's end")),
    "console:people": Phrase(Subject.ACCOUNTS, bilingual("查看账号列表", "the accounts")),
    "console:person": Phrase(Subject.ACCOUNTS, bilingual("查看账号", "an account")),
    "console:person-decide": Phrase(Subject.ACCOUNTS, bilingual("提交账号操作", "sent a decision on an account")),
    "console:account-open": Phrase(Subject.ACCOUNTS, bilingual("提交新建账号", "asked for a new account")),
    "console:office-open": Phrase(Subject.ACCOUNTS, bilingual("提交新建单位", "asked for a new office")),
    "console:keys": Phrase(Subject.ACCOUNTS, bilingual("查看接口密钥", "the API keys")),
    "console:key-issue": Phrase(Subject.ACCOUNTS, bilingual("提交签发密钥", "asked for an API key")),
    "console:key-approve": Phrase(Subject.ACCOUNTS, bilingual("提交批准密钥", "sent the approval of a key")),
    "console:key-revoke": Phrase(Subject.ACCOUNTS, bilingual("提交吊销密钥", "sent the end of a key")),
    "accounts:welcome": Phrase(Subject.ACCOUNTS, bilingual("打开登录链接", "a sign-in link")),
    "accounts:password": Phrase(Subject.ACCOUNTS, bilingual("打开修改密码页", "the page of the password")),
    "accounts:second-factor": Phrase(
        Subject.ACCOUNTS,
        bilingual("打开动态口令页", "the page of the second factor"),
        bilingual("设置动态口令", "set up a second factor"),
    ),
    "api:deliver": Phrase(
        Subject.SENSORS, bilingual("接口读取检测", "detections"), bilingual("上报检测", "delivered detections")
    ),
    "api:beat": Phrase(Subject.SENSORS, bilingual("上报心跳", "delivered heartbeats")),
    "api:whoami": Phrase(Subject.SENSORS, bilingual("探针自查身份", "a sensor's own identity")),
    "api:fetch": Phrase(
        Subject.LISTS, bilingual("接口读取周清单", "a weekly list"), bilingual("接口冻结周清单", "froze a weekly list")
    ),
    "api:sign_for": Phrase(Subject.LISTS, bilingual("接口签收清单", "signed for a list")),
    "api:fetch_bulletin": Phrase(
        Subject.BULLETINS, bilingual("接口读取周报", "a bulletin"), bilingual("接口冻结周报", "froze a bulletin")
    ),
    "api:power_suspects": Phrase(
        Subject.ELECTRICITY,
        bilingual("接口读取用电疑点", "suspicious meters"),
        bilingual("接口将用电疑点转为线索来源", "noted suspicious meters with leads"),
    ),
    "api:show_lead": Phrase(Subject.LEADS, bilingual("接口读取线索", "a lead")),
    "api:merge_lead": Phrase(Subject.LEADS, bilingual("合并线索", "merged a lead")),
    "api:unmerge_lead": Phrase(Subject.LEADS, bilingual("取消合并线索", "undid a merge of leads")),
    "api:split_lead": Phrase(Subject.LEADS, bilingual("拆分线索", "split a lead")),
    "api:lead_sources": Phrase(Subject.LEADS, bilingual("接口读取线索来源", "sources of leads")),
    "api:list_allowances": Phrase(Subject.CASES, bilingual("接口读取白名单", "what is allowed")),
    "api:closed_in_error": Phrase(Subject.CASES, bilingual("接口读取误报率", "the share of errors")),
    "api:show_guide": Phrase(Subject.CASES, bilingual("接口读取处置指引", "the guide to a case")),
    "api:list_cases": Phrase(Subject.CASES, bilingual("接口读取案件列表", "the list of cases")),
    "api:show_case": Phrase(Subject.CASES, bilingual("接口读取案件", "a case")),
    "api:case_entries": Phrase(Subject.CASES, bilingual("接口读取案件台账", "the ledger of a case")),
    "api:act_on_case": Phrase(Subject.CASES, bilingual("接口办理案件", "acted on a case")),
    "api:attach_evidence": Phrase(Subject.CASES, bilingual("接口封存证据", "sealed a file of evidence")),
    "api:list_referrals": Phrase(
        Subject.LISTS, bilingual("接口读取移送单", "referrals"), bilingual("移送", "handed a case over")
    ),
    "api:answer_referral": Phrase(Subject.LISTS, bilingual("答复移送", "answered a referral")),
    "api:look_up_listed": Phrase(Subject.LISTS, bilingual("接口比对名单", "looked names up in the lists")),
    "api:park_sweep": Phrase(Subject.UNITS, bilingual("接口读取园区排查", "the sweep of parks")),
    "api:post_bundle": Phrase(
        Subject.EXCHANGE, bilingual("领取数据包", "a bundle"), bilingual("接收数据包", "took in a bundle")
    ),
    "api:received_cases": Phrase(Subject.EXCHANGE, bilingual("接口读取收到的案件", "cases received")),
    "api:received_lists": Phrase(Subject.EXCHANGE, bilingual("接口读取收到的清单", "lists received")),
    "api:watched_endpoints": Phrase(Subject.SIGNATURES, bilingual("接口读取矿池观察", "the pools that are watched")),
    "api:watch_proposals": Phrase(Subject.SIGNATURES, bilingual("接口读取特征建议", "proposals for signatures")),
    "api:decide_proposal": Phrase(
        Subject.SIGNATURES, bilingual("审定特征建议", "decided on a proposal for signatures")
    ),
    "api:make_signature_update": Phrase(Subject.SIGNATURES, bilingual("生成特征更新", "made an update of signatures")),
    "api:fetch_signature_update": Phrase(Subject.SIGNATURES, bilingual("领取特征更新", "an update of signatures")),
    "api:verification_requests": Phrase(Subject.SIGNATURES, bilingual("领取核验任务", "servers to verify")),
    "api:verification_answers": Phrase(Subject.SIGNATURES, bilingual("提交核验结果", "answers about servers")),
    "api:health": Phrase(Subject.SENSORS, bilingual("健康检查", "the health of the collector")),
}
"""By the name of the route; where one address answers several operations of the API, by the first of them."""
DECISIONS: Mapping[tuple[str, str], Phrase] = {
    ("account", "opened"): Phrase(Subject.ACCOUNTS, bilingual("新建账号", "opened an account")),
    ("account", "closed"): Phrase(Subject.ACCOUNTS, bilingual("停用账号", "closed an account")),
    ("account", "reopened"): Phrase(Subject.ACCOUNTS, bilingual("恢复账号", "reopened an account")),
    ("account", "sign-in link"): Phrase(Subject.ACCOUNTS, bilingual("生成登录链接", "made a sign-in link")),
    ("account", "roles wait"): Phrase(
        Subject.ACCOUNTS, bilingual("角色暂停待重新授权", "had roles wait to be granted anew")
    ),
    ("membership", "joined"): Phrase(Subject.ACCOUNTS, bilingual("加入单位", "put into an office")),
    ("membership", "granted"): Phrase(Subject.ACCOUNTS, bilingual("授予角色", "granted a role")),
    ("membership", "ended"): Phrase(Subject.ACCOUNTS, bilingual("终止角色", "ended a role")),
    ("second-factor", "reset"): Phrase(Subject.ACCOUNTS, bilingual("重置动态口令", "reset a second factor")),
    ("second-factor", ""): Phrase(Subject.ACCOUNTS, bilingual("重置动态口令", "reset a second factor")),
    ("office", "opened"): Phrase(Subject.ACCOUNTS, bilingual("新建单位", "opened an office")),
    ("key", "issued"): Phrase(Subject.ACCOUNTS, bilingual("签发接口密钥", "issued an API key")),
    ("key", "approved"): Phrase(Subject.ACCOUNTS, bilingual("批准接口密钥", "approved an API key")),
    ("key", "revoked"): Phrase(Subject.ACCOUNTS, bilingual("吊销接口密钥", "revoked an API key")),
    ("password", ""): Phrase(Subject.ACCOUNTS, bilingual("设置密码", "set a password")),
    ("rule", "put"): Phrase(Subject.RULES, bilingual("设置规则", "set a rule")),
    ("rule", "end"): Phrase(Subject.RULES, bilingual("终止规则", "ended a rule")),
    ("proposal", "accepted"): Phrase(
        Subject.SIGNATURES, bilingual("采纳矿池条目", "accepted a pool for the signatures")
    ),
    ("proposal", "declined"): Phrase(
        Subject.SIGNATURES, bilingual("否决矿池条目", "declined a pool for the signatures")
    ),
    ("peer", ""): Phrase(Subject.EXCHANGE, bilingual("信任对端公钥", "trusted a peer's key")),
    ("bundle", ""): Phrase(Subject.EXCHANGE, bilingual("数据包", "a bundle")),
    ("detections", ""): Phrase(Subject.EXCHANGE, bilingual("检测记录", "detections")),
    ("look-up", ""): Phrase(Subject.LISTS, bilingual("名单比对结果", "the result of a look-up")),
    ("lead", ""): Phrase(Subject.LEADS, bilingual("线索", "a lead")),
    ("case", ""): Phrase(Subject.CASES, bilingual("案件", "a case")),
    ("trace", ""): Phrase(Subject.TRACES, bilingual("溯源请求", "a trace request")),
    ("unit", ""): Phrase(Subject.UNITS, bilingual("单位", "an enterprise")),
    ("list", ""): Phrase(Subject.LISTS, bilingual("清单", "a list")),
    ("tip-off", ""): Phrase(Subject.TIP_OFFS, bilingual("举报", "a tip-off")),
    ("sessions", ""): Phrase(Subject.LOG, bilingual("到期的运营商日志", "carriers' logs that were over")),
    ("rejections", ""): Phrase(Subject.LOG, bilingual("到期的拒收记录", "refused rows that were over")),
    ("audit", ""): Phrase(Subject.LOG, bilingual("到期的审计记录", "audit entries that were over")),
}
"""By the kind of object, and what was decided about it."""
