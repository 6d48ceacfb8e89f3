"""Which words does the registry use? Division levels, natures of units, sources, kinds of import."""

from django.db import models

from collector.text import bilingual


class DivisionLevel(models.TextChoices):
    """Level of an administrative division (GB/T 2260)."""

    PROVINCE = "province", bilingual("省级", "Province")
    CITY = "city", bilingual("地级", "City")
    COUNTY = "county", bilingual("县级", "County")


class Nature(models.TextChoices):
    """What kind of unit an organisation is (单位性质)."""

    STATE_ORGAN = "state-organ", bilingual("机关", "State organ")
    PUBLIC_INSTITUTION = "public-institution", bilingual("事业单位", "Public institution")
    STATE_ENTERPRISE = "state-enterprise", bilingual("国有企业", "State-owned enterprise")
    PRIVATE_ENTERPRISE = "private-enterprise", bilingual("民营企业", "Private enterprise")
    UNIVERSITY = "university", bilingual("高校", "University")
    SCHOOL = "school", bilingual("中小学", "School")
    INTERNET_CAFE = "internet-cafe", bilingual("网吧", "Internet café")
    IDC = "idc", bilingual("数据中心", "Data centre")
    SOLE_TRADER = "sole-trader", bilingual("个体工商户", "Sole trader")
    RESIDENT = "resident", bilingual("居民", "Resident")
    OTHER = "other", bilingual("其他", "Other")


class Facility(models.TextChoices):
    """What kind of place an organisation runs (设施类别); a data centre is never taken for the miner in it."""

    IDC_TENANT = "idc-tenant", bilingual("IDC 托管客户", "Data-centre tenant")
    IDC_OWN = "idc-own", bilingual("IDC 自营", "Data centre itself")
    MINE = "mine", bilingual("矿场", "Mine")
    OFFICE = "office", bilingual("企业办公", "Company office")
    INTERNET_CAFE = "internet-cafe", bilingual("网吧", "Internet café")
    SCHOOL = "school", bilingual("学校", "School")
    STATE_ORGAN = "state-organ", bilingual("机关", "State organ")
    RESIDENT = "resident", bilingual("居民", "Resident")
    UNKNOWN = "unknown", bilingual("未知", "Unknown")


class Source(models.TextChoices):
    """Where an ownership record comes from."""

    LINE_LEDGER = "line-ledger", bilingual("专线台账", "Carrier line ledger")
    TRACE = "trace", bilingual("溯源回复", "Trace reply")
    AAA = "aaa", bilingual("AAA 会话", "AAA session")
    CGN = "cgn", bilingual("CGN 端口块", "CGN port block")
    NAT_RULE = "nat-rule", bilingual("确定性 NAT 规则", "Deterministic NAT rule")
    FILING = "filing", bilingual("IP 备案", "IP filing")
    IPAM = "ipam", bilingual("IPAM", "IPAM")
    DHCP = "dhcp", bilingual("DHCP 租约", "DHCP lease")
    WHOIS = "whois", bilingual("WHOIS", "WHOIS")
    GEO = "geo", bilingual("地理库", "Geo database")


class NatLayout(models.TextChoices):
    """How a deterministic NAT deals out the ports of an outer address (RFC 7422, section 2)."""

    SEQUENTIAL = "sequential", bilingual("连续端口块", "Sequential blocks")
    INTERLEAVED = "interleaved", bilingual("交错端口", "Interleaved ports")


class ImportKind(models.TextChoices):
    """What a file holds."""

    ORGANISATIONS = "organisations", bilingual("单位", "Organisations")
    LINE_LEDGER = "line-ledger", bilingual("专线台账", "Carrier line ledger")
    AAA = "aaa", bilingual("AAA 会话", "AAA sessions")
    DIVISIONS = "divisions", bilingual("行政区划", "Divisions")
    AAA_DETAIL = "aaa-detail", bilingual("FreeRADIUS 计费明细", "FreeRADIUS detail file")
    CGN = "cgn", bilingual("CGN 端口块表", "CGN port-block table")
    CGN_SYSLOG = "cgn-syslog", bilingual("CGN 端口块日志", "CGN port-block syslog")
    NAT_RULES = "nat-rules", bilingual("确定性 NAT 规则", "Deterministic NAT rules")
    FILING = "filing", bilingual("IP 备案", "IP filing")
    IPAM = "ipam", bilingual("IPAM 表", "IPAM table")
    NETBOX = "netbox", bilingual("NetBox 快照", "NetBox snapshot")
    DHCP_LEASES = "dhcp-leases", bilingual("ISC DHCP 租约", "ISC DHCP leases")
    KEA_LEGAL = "kea-legal", bilingual("Kea 取证日志", "Kea legal log")
    RPSL = "rpsl", bilingual("WHOIS (RPSL)", "WHOIS (RPSL)")
    RDAP = "rdap", bilingual("RDAP (JSON)", "RDAP (JSON)")
    SITES = "sites", bilingual("场所", "Sites")
    PARKS = "parks", bilingual("园区", "Parks")
    POLICY_CLAUSES = "policy-clauses", bilingual("政策条款", "Policy clauses")
    TARIFFS = "tariffs", bilingual("差别电价", "Differential tariffs")
    ENERGY_FACTORS = "energy-factors", bilingual("能耗折算系数", "Energy factors")
    CALENDAR = "calendar", bilingual("工作日历", "Working-day calendar")
    DUTY_RULES = "duty-rules", bilingual("职责分工", "Duty rules")
    TRACE_REPLY = "trace-reply", bilingual("溯源回复", "Trace reply")
    LIST_REPLY = "list-reply", bilingual("清单核查反馈", "Reply to a list")
    STATE_LIST = "state-list", bilingual("国家下发清单", "The state's list of addresses")
    PROVINCE_LIST = "province-list", bilingual("省级下发清单", "The province's list of addresses")
    KEY_LIST = "key-list", bilingual("省重点名单", "Province's key list")
    PROJECTS = "projects", bilingual("在运项目", "Operating projects")
    PLANNED_PROJECTS = "planned-projects", bilingual("在建项目", "Projects under construction")
    EQUIPMENT_FIRMS = "equipment-firms", bilingual("涉矿设备企业", "Makers and traders of miners")
    COMMITMENTS = "commitments", bilingual("信用承诺", "Credit commitments")
    METER_READINGS = "meter-readings", bilingual("电表用电量", "Meter readings")
    POWER_RULES = "power-rules", bilingual("用电异常规则", "Rules of abnormal electricity use")
