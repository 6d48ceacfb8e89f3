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


class Source(models.TextChoices):
    """Where an ownership record comes from."""

    LINE_LEDGER = "line-ledger", bilingual("专线台账", "Carrier line ledger")
    AAA = "aaa", bilingual("AAA 会话", "AAA session")
    CGN = "cgn", bilingual("CGN 端口块", "CGN port block")
    FILING = "filing", bilingual("IP 备案", "IP filing")
    IPAM = "ipam", bilingual("IPAM", "IPAM")
    WHOIS = "whois", bilingual("WHOIS", "WHOIS")
    GEO = "geo", bilingual("地理库", "Geo database")


class ImportKind(models.TextChoices):
    """What a file holds."""

    ORGANISATIONS = "organisations", bilingual("单位", "Organisations")
    LINE_LEDGER = "line-ledger", bilingual("专线台账", "Carrier line ledger")
    AAA = "aaa", bilingual("AAA 会话", "AAA sessions")
    DIVISIONS = "divisions", bilingual("行政区划", "Divisions")
