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


def _of(subject: Subject, zh: str, en: str, post: tuple[str, str] | None = None) -> Phrase:
    return Phrase(subject, bilingual(zh, en), bilingual(*post) if post else None)


ROUTES: Mapping[str, Phrase] = {
    "console:overview": _of(Subject.OVERVIEW, "查看概览", "the overview"),
    "console:search": _of(Subject.OVERVIEW, "搜索", "searched"),
    "console:leads": _of(Subject.LEADS, "查看线索列表", "the list of leads"),
    "console:lead": _of(Subject.LEADS, "查看线索", "a lead"),
    "console:unmask": _of(Subject.LEADS, "查看线索明文", "a lead in clear"),
    "console:view-save": _of(Subject.LEADS, "保存视图", "saved a view"),
    "console:view-drop": _of(Subject.LEADS, "删除视图", "deleted a view"),
    "console:cases": _of(Subject.CASES, "查看案件列表", "the list of cases"),
    "console:case": _of(Subject.CASES, "查看案件", "a case"),
    "console:case-sheet": _of(Subject.CASES, "查看核查单", "a field-check sheet"),
    "console:case-act": _of(Subject.CASES, "办理案件", "acted on a case"),
    "console:case-open": _of(Subject.CASES, "立案", "opened cases"),
    "console:case-together": _of(Subject.CASES, "批量办理案件", "acted on several cases"),
    "console:case-evidence": _of(Subject.CASES, "封存证据文件", "sealed a file of evidence"),
    "console:case-file": _of(Subject.CASES, "下载证据文件", "a file of evidence"),
    "console:case-unmask": _of(Subject.CASES, "查看案件明文", "a case in clear"),
    "console:lists": _of(Subject.LISTS, "查看周清单", "the weekly lists"),
    "console:preview": _of(Subject.LISTS, "预览周清单", "a preview of a list"),
    "console:freeze": _of(Subject.LISTS, "冻结周清单", "froze a weekly list"),
    "console:download": _of(Subject.LISTS, "下载清单", "a list as a file"),
    "console:issue": _of(Subject.LISTS, "查看清单", "a list", ("导入清单反馈", "took in a reply to a list")),
    "console:issue-dispatch": _of(Subject.LISTS, "派发清单", "dispatched a list"),
    "console:issue-sign": _of(Subject.LISTS, "签收清单", "signed for a list"),
    "console:issue-part": _of(Subject.LISTS, "下载清单（分县）", "a county's part of a list"),
    "console:issue-unmask": _of(Subject.LISTS, "查看清单明文", "a list in clear"),
    "console:bulletins": _of(Subject.BULLETINS, "查看周报列表", "the bulletins"),
    "console:bulletin": _of(Subject.BULLETINS, "查看周报", "a bulletin"),
    "console:bulletin-freeze": _of(Subject.BULLETINS, "冻结周报", "froze a bulletin"),
    "console:bulletin-file": _of(Subject.BULLETINS, "下载周报", "a bulletin as a file"),
    "console:traces": _of(Subject.TRACES, "查看溯源请求列表", "the trace requests"),
    "console:trace-ask": _of(Subject.TRACES, "生成溯源请求", "made trace requests"),
    "console:trace": _of(
        Subject.TRACES, "查看溯源请求", "a trace request", ("上传溯源反馈", "answered a trace request")
    ),
    "console:trace-file": _of(Subject.TRACES, "下载溯源请求", "a trace request as a file"),
    "console:trace-unmask": _of(Subject.TRACES, "查看溯源结果明文", "answers to a trace request in clear"),
    "console:electricity": _of(Subject.ELECTRICITY, "查看用电", "the meters"),
    "console:electricity-tell": _of(Subject.ELECTRICITY, "用电疑点转为线索来源", "noted suspicious meters with leads"),
    "console:meter": _of(
        Subject.ELECTRICITY, "查看电表", "a meter", ("电表疑点转为线索来源", "noted a meter with a lead")
    ),
    "console:tip-offs": _of(Subject.TIP_OFFS, "查看举报列表", "the tip-offs"),
    "console:tip-off": _of(Subject.TIP_OFFS, "查看举报", "a tip-off", ("办理举报", "dealt with a tip-off")),
    "console:tip-off-unmask": _of(Subject.TIP_OFFS, "查看举报人明文", "a tip-off in clear"),
    "console:report": _of(Subject.TIP_OFFS, "查看举报页", "the public form", ("提交举报", "handed in a tip-off")),
    "console:report-status": _of(Subject.TIP_OFFS, "查询举报进度", "the state of a tip-off"),
    "console:units": _of(Subject.UNITS, "查看单位台账", "the enterprises"),
    "console:unit": _of(Subject.UNITS, "查看单位", "an enterprise"),
    "console:unit-unmask": _of(Subject.UNITS, "查看单位明文", "an enterprise in clear"),
    "console:sensors": _of(Subject.SENSORS, "查看探针", "the sensors"),
    "console:sensor": _of(Subject.SENSORS, "查看探针详情", "a sensor"),
    "console:selfaudits": _of(
        Subject.SELF_AUDITS, "查看自查列表", "the self-audits", ("上传抓包自查", "uploaded a capture")
    ),
    "console:selfaudit": _of(Subject.SELF_AUDITS, "查看自查", "a self-audit"),
    "console:selfaudit-report": _of(Subject.SELF_AUDITS, "下载自查报告", "the report of a self-audit"),
    "console:selfaudit-submit": _of(Subject.SELF_AUDITS, "提交自查", "handed in a self-audit"),
    "console:signatures": _of(Subject.SIGNATURES, "查看特征库", "the signatures"),
    "console:imports": _of(Subject.IMPORTS, "查看数据导入", "the imports", ("上传数据文件", "uploaded a file")),
    "console:import-step": _of(
        Subject.IMPORTS, "预览导入", "a rehearsal of an import", ("核对或导入数据", "checked or took in a file")
    ),
    "console:import-undo": _of(Subject.IMPORTS, "撤销导入", "undid an import"),
    "console:audit": _of(Subject.LOG, "查看审计日志", "the audit log"),
    "console:rules": _of(Subject.RULES, "查看规则", "the rules"),
    "console:rule-put": _of(Subject.RULES, "提交规则", "sent a rule"),
    "console:rule-end": _of(Subject.RULES, "提交规则终止", "sent a rule's end"),
    "console:people": _of(Subject.ACCOUNTS, "查看账号列表", "the accounts"),
    "console:person": _of(Subject.ACCOUNTS, "查看账号", "an account"),
    "console:person-decide": _of(Subject.ACCOUNTS, "提交账号操作", "sent a decision on an account"),
    "console:account-open": _of(Subject.ACCOUNTS, "提交新建账号", "asked for a new account"),
    "console:office-open": _of(Subject.ACCOUNTS, "提交新建单位", "asked for a new office"),
    "console:keys": _of(Subject.ACCOUNTS, "查看接口密钥", "the API keys"),
    "console:key-issue": _of(Subject.ACCOUNTS, "提交签发密钥", "asked for an API key"),
    "console:key-approve": _of(Subject.ACCOUNTS, "提交批准密钥", "sent the approval of a key"),
    "console:key-revoke": _of(Subject.ACCOUNTS, "提交吊销密钥", "sent the end of a key"),
    "accounts:welcome": _of(Subject.ACCOUNTS, "打开登录链接", "a sign-in link"),
    "accounts:password": _of(Subject.ACCOUNTS, "打开修改密码页", "the page of the password"),
    "accounts:second-factor": _of(
        Subject.ACCOUNTS, "打开动态口令页", "the page of the second factor", ("设置动态口令", "set up a second factor")
    ),
    "api:deliver": _of(Subject.SENSORS, "接口读取检测", "detections", ("上报检测", "delivered detections")),
    "api:beat": _of(Subject.SENSORS, "上报心跳", "delivered heartbeats"),
    "api:whoami": _of(Subject.SENSORS, "探针自查身份", "a sensor's own identity"),
    "api:fetch": _of(Subject.LISTS, "接口读取周清单", "a weekly list", ("接口冻结周清单", "froze a weekly list")),
    "api:sign_for": _of(Subject.LISTS, "接口签收清单", "signed for a list"),
    "api:fetch_bulletin": _of(Subject.BULLETINS, "接口读取周报", "a bulletin", ("接口冻结周报", "froze a bulletin")),
    "api:power_suspects": _of(
        Subject.ELECTRICITY,
        "接口读取用电疑点",
        "suspicious meters",
        ("接口将用电疑点转为线索来源", "noted suspicious meters with leads"),
    ),
    "api:show_lead": _of(Subject.LEADS, "接口读取线索", "a lead"),
    "api:merge_lead": _of(Subject.LEADS, "合并线索", "merged a lead"),
    "api:unmerge_lead": _of(Subject.LEADS, "取消合并线索", "undid a merge of leads"),
    "api:split_lead": _of(Subject.LEADS, "拆分线索", "split a lead"),
    "api:lead_sources": _of(Subject.LEADS, "接口读取线索来源", "sources of leads"),
    "api:list_allowances": _of(Subject.CASES, "接口读取白名单", "what is allowed"),
    "api:closed_in_error": _of(Subject.CASES, "接口读取误报率", "the share of errors"),
    "api:show_guide": _of(Subject.CASES, "接口读取处置指引", "the guide to a case"),
    "api:list_cases": _of(Subject.CASES, "接口读取案件列表", "the list of cases"),
    "api:show_case": _of(Subject.CASES, "接口读取案件", "a case"),
    "api:case_entries": _of(Subject.CASES, "接口读取案件台账", "the ledger of a case"),
    "api:act_on_case": _of(Subject.CASES, "接口办理案件", "acted on a case"),
    "api:attach_evidence": _of(Subject.CASES, "接口封存证据", "sealed a file of evidence"),
    "api:list_referrals": _of(Subject.LISTS, "接口读取移送单", "referrals", ("移送", "handed a case over")),
    "api:answer_referral": _of(Subject.LISTS, "答复移送", "answered a referral"),
    "api:look_up_listed": _of(Subject.LISTS, "接口比对名单", "looked names up in the lists"),
    "api:park_sweep": _of(Subject.UNITS, "接口读取园区排查", "the sweep of parks"),
    "api:post_bundle": _of(Subject.EXCHANGE, "领取数据包", "a bundle", ("接收数据包", "took in a bundle")),
    "api:received_cases": _of(Subject.EXCHANGE, "接口读取收到的案件", "cases received"),
    "api:received_lists": _of(Subject.EXCHANGE, "接口读取收到的清单", "lists received"),
    "api:watched_endpoints": _of(Subject.SIGNATURES, "接口读取矿池观察", "the pools that are watched"),
    "api:watch_proposals": _of(Subject.SIGNATURES, "接口读取特征建议", "proposals for signatures"),
    "api:decide_proposal": _of(Subject.SIGNATURES, "审定特征建议", "decided on a proposal for signatures"),
    "api:make_signature_update": _of(Subject.SIGNATURES, "生成特征更新", "made an update of signatures"),
    "api:fetch_signature_update": _of(Subject.SIGNATURES, "领取特征更新", "an update of signatures"),
    "api:verification_requests": _of(Subject.SIGNATURES, "领取核验任务", "servers to verify"),
    "api:verification_answers": _of(Subject.SIGNATURES, "提交核验结果", "answers about servers"),
    "api:health": _of(Subject.SENSORS, "健康检查", "the health of the collector"),
}
"""By the name of the route; where one address answers several operations of the API, by the first of them."""
DECISIONS: Mapping[tuple[str, str], Phrase] = {
    ("account", "opened"): _of(Subject.ACCOUNTS, "新建账号", "opened an account"),
    ("account", "closed"): _of(Subject.ACCOUNTS, "停用账号", "closed an account"),
    ("account", "reopened"): _of(Subject.ACCOUNTS, "恢复账号", "reopened an account"),
    ("account", "sign-in link"): _of(Subject.ACCOUNTS, "生成登录链接", "made a sign-in link"),
    ("account", "roles wait"): _of(Subject.ACCOUNTS, "角色暂停待重新授权", "had roles wait to be granted anew"),
    ("membership", "joined"): _of(Subject.ACCOUNTS, "加入单位", "put into an office"),
    ("membership", "granted"): _of(Subject.ACCOUNTS, "授予角色", "granted a role"),
    ("membership", "ended"): _of(Subject.ACCOUNTS, "终止角色", "ended a role"),
    ("second-factor", "reset"): _of(Subject.ACCOUNTS, "重置动态口令", "reset a second factor"),
    ("second-factor", ""): _of(Subject.ACCOUNTS, "重置动态口令", "reset a second factor"),
    ("office", "opened"): _of(Subject.ACCOUNTS, "新建单位", "opened an office"),
    ("key", "issued"): _of(Subject.ACCOUNTS, "签发接口密钥", "issued an API key"),
    ("key", "approved"): _of(Subject.ACCOUNTS, "批准接口密钥", "approved an API key"),
    ("key", "revoked"): _of(Subject.ACCOUNTS, "吊销接口密钥", "revoked an API key"),
    ("password", ""): _of(Subject.ACCOUNTS, "设置密码", "set a password"),
    ("rule", "put"): _of(Subject.RULES, "设置规则", "set a rule"),
    ("rule", "end"): _of(Subject.RULES, "终止规则", "ended a rule"),
    ("peer", ""): _of(Subject.EXCHANGE, "信任对端公钥", "trusted a peer's key"),
    ("bundle", ""): _of(Subject.EXCHANGE, "数据包", "a bundle"),
    ("detections", ""): _of(Subject.EXCHANGE, "检测记录", "detections"),
    ("look-up", ""): _of(Subject.LISTS, "名单比对结果", "the result of a look-up"),
    ("lead", ""): _of(Subject.LEADS, "线索", "a lead"),
    ("case", ""): _of(Subject.CASES, "案件", "a case"),
    ("trace", ""): _of(Subject.TRACES, "溯源请求", "a trace request"),
    ("unit", ""): _of(Subject.UNITS, "单位", "an enterprise"),
    ("list", ""): _of(Subject.LISTS, "清单", "a list"),
    ("tip-off", ""): _of(Subject.TIP_OFFS, "举报", "a tip-off"),
    ("sessions", ""): _of(Subject.LOG, "到期的运营商日志", "carriers' logs that were over"),
    ("rejections", ""): _of(Subject.LOG, "到期的拒收记录", "refused rows that were over"),
    ("audit", ""): _of(Subject.LOG, "到期的审计记录", "audit entries that were over"),
}
"""By the kind of object, and what was decided about it."""
