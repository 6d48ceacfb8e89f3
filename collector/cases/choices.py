"""Which words does casework use? Every closed set of answers, in both languages."""

from __future__ import annotations

from django.db import models

from collector.ingest.choices import DetectionVerdict
from collector.text import bilingual

CLAIMS = (DetectionVerdict.PROBABLE, DetectionVerdict.CONFIRMED)
"""A suspicion alone is nobody's mining."""


class State(models.TextChoices):
    """Where a case stands."""

    LEAD = "lead", bilingual("线索", "Lead")
    LOCATED = "located", bilingual("已定位", "Located")
    DISPATCHED = "dispatched", bilingual("已派发", "Dispatched")
    RECEIVED = "received", bilingual("已签收", "Received")
    CHECKING = "checking", bilingual("核查中", "Being checked")
    CONFIRMED = "confirmed", bilingual("属实", "Confirmed")
    APPEALED = "appealed", bilingual("误报申诉", "Appealed")
    UNLOCATABLE = "unlocatable", bilingual("无法定位", "Cannot be located")
    NOT_LOCAL = "not-local", bilingual("非本地", "Not local")
    RECTIFYING = "rectifying", bilingual("整改中", "Being rectified")
    REVIEW = "review", bilingual("待复核", "Awaiting review")
    CLOSED = "closed", bilingual("已销号", "Closed")
    RELAPSED = "relapsed", bilingual("复燃", "Relapsed")
    MERGED = "merged", bilingual("已并案", "Merged")


class Action(models.TextChoices):
    """What can be done to a case or a lead."""

    OPEN = "open", bilingual("立线索", "Open")
    ASK_TENANT = "ask-tenant", bilingual("请机房指认租户", "Ask the data centre for its tenant")
    NAME_TENANT = "name-tenant", bilingual("机房指认租户", "Tenant named")
    LOCATE = "locate", bilingual("定位", "Locate")
    ASSIGN = "assign", bilingual("分派", "Assign")
    DISPATCH = "dispatch", bilingual("派发", "Dispatch")
    RECEIVE = "receive", bilingual("签收", "Receive")
    CHECK = "check", bilingual("核查", "Check")
    CONFIRM = "confirm", bilingual("认定属实", "Confirm")
    LOSE = "lose", bilingual("退回溯源", "Return to tracing")
    TRANSFER = "transfer", bilingual("转办", "Transfer")
    RECTIFY = "rectify", bilingual("责令整改", "Order rectification")
    SUBMIT = "submit", bilingual("提请复核", "Submit for review")
    REJECT = "reject", bilingual("复核退回", "Send back")
    SET_CAUSE = "set-cause", bilingual("认定原因", "Set the cause")
    MEASURE = "measure", bilingual("处置", "Measure")
    EVIDENCE = "evidence", bilingual("附证据", "Add evidence")
    APPEAL = "appeal", bilingual("申诉", "Appeal")
    VOTE = "vote", bilingual("申诉表决", "Decide on the appeal")
    CLEARANCE = "clearance", bilingual("静默核验", "Clearance check")
    CLOSE = "close", bilingual("销号", "Close")
    CLOSE_UNLOCATED = "close-unlocated", bilingual("无法定位结案", "Close as not locatable")
    RELAPSE = "relapse", bilingual("复燃", "Relapse")
    ESCALATE = "escalate", bilingual("超期升级", "Escalate")
    GRADE = "grade", bilingual("定级", "Grade")
    REFER = "refer", bilingual("抄送", "Copy to a department")
    MERGE = "merge", bilingual("并入", "Merge")
    UNMERGE = "unmerge", bilingual("撤销并入", "Undo a merge")
    MOVE_LEAD = "move-lead", bilingual("换线索", "Follow the lead")
    LEAD_MERGE = "lead-merge", bilingual("线索合并", "Merge leads")
    LEAD_UNMERGE = "lead-unmerge", bilingual("撤销线索合并", "Undo a merge of leads")
    LEAD_SPLIT = "lead-split", bilingual("线索拆分", "Split a lead")


class Cause(models.TextChoices):
    """Why did it mine? （原因）"""

    DELIBERATE = "deliberate", bilingual("主动", "Deliberate")
    HIJACKED = "hijacked", bilingual("被控", "Hijacked")
    FALSE_ALARM = "false-alarm", bilingual("误报", "False alarm")
    NOT_FOUND = "not-found", bilingual("无法定位", "Cannot be located")


class Measure(models.TextChoices):
    """What was done? （处置措施）"""

    NETWORK_CUT = "network-cut", bilingual("断网", "Network cut")
    POWER_CUT = "power-cut", bilingual("停限电", "Power cut or limited")
    DISMANTLED = "dismantled", bilingual("拆除", "Dismantled")
    SEIZED = "seized", bilingual("扣押", "Seized")
    CLEANED = "cleaned", bilingual("清除木马", "Malware removed")
    PLEDGED = "pledged", bilingual("承诺书", "Pledge signed")
    FILED = "filed", bilingual("立案", "Case filed")
    OTHER = "other", bilingual("其他", "Other")


class Department(models.TextChoices):
    """Whose duty it can be (Jiaxing's work plan, section four)."""

    REFORM = "reform", bilingual("发展改革", "Development and reform")
    PUBLICITY = "publicity", bilingual("宣传", "Publicity")
    CYBERSPACE = "cyberspace", bilingual("网信", "Cyberspace administration")
    INDUSTRY = "industry", bilingual("经信", "Industry and information technology")
    EDUCATION = "education", bilingual("教育", "Education")
    FINANCE = "finance", bilingual("财政、税务、国资", "Finance, tax, state assets")
    PUBLIC_SECURITY = "public-security", bilingual("公安", "Public security")
    CULTURE = "culture", bilingual("文化广电旅游", "Culture and tourism")
    MARKET = "market", bilingual("市场监管", "Market regulation")
    BANKING = "banking", bilingual("金融、人行、银保监", "Banking and financial regulation")
    CARRIER = "carrier", bilingual("电信运营商", "Carriers")
    DISCIPLINE = "discipline", bilingual("纪检监察", "Discipline inspection")
    OTHER = "other", bilingual("其他部门", "Another department")


class Grade(models.TextChoices):
    """How grave a case is; A is the gravest."""

    A = "A", bilingual("A 级", "Grade A")
    B = "B", bilingual("B 级", "Grade B")
    C = "C", bilingual("C 级", "Grade C")


class SourceKind(models.TextChoices):
    """Who says that there is mining (线索来源)."""

    SENSOR = "sensor", bilingual("自有探针", "Own sensor")
    STATE_LIST = "state-list", bilingual("国家下发", "State list")
    PROVINCE_LIST = "province-list", bilingual("省级下发", "Province list")
    ELECTRICITY = "electricity", bilingual("用电异常", "Electricity")
    TIP_OFF = "tip-off", bilingual("举报", "Tip-off")
    EQUIPMENT = "equipment", bilingual("涉矿设备企业", "Maker or trader of miners")


class Proof(models.TextChoices):
    """What a clearance check found."""

    PROVEN = "proven", bilingual("静默属实", "Silence proven")
    ON_SITE = "on-site", bilingual("现场核验", "Verified on site")
    ACTIVE = "active", bilingual("仍在挖矿", "Still mining")
    UNVERIFIABLE = "unverifiable", bilingual("无法核验", "Unverifiable")


class Verdict(models.TextChoices):
    """A decision on an appeal."""

    UPHOLD = "uphold", bilingual("申诉成立", "Upheld")
    DENY = "deny", bilingual("申诉不成立", "Denied")


class Fact(models.TextChoices):
    """What a grading rule may look at."""

    SOURCES = "sources", bilingual("独立来源数", "Independent sources")
    DAYS = "days", bilingual("持续天数", "Days from first to last sight")
    SHARES = "shares", bilingual("提交次数", "Shares submitted")
    POWER_KW = "power_kw", bilingual("估算功率(kW)", "Estimated power (kW)")
    NATURE = "nature", bilingual("单位性质", "Nature of the unit")
    FACILITY = "facility", bilingual("设施类别", "Kind of facility")
