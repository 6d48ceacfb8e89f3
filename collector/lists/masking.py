"""Which words of a row are a person's, and how are they hidden?"""

from __future__ import annotations

import re

from collector.registry.choices import Nature

_UNIT_ENDINGS = re.compile(
    r"(公司|集团|厂|店|院|校|局|所|处|办|中心|网吧|网咖|酒店|宾馆|室|站|馆|部|社|会|行|学|中|小|园|场|户|队|村|镇|库|坊|铺|吧|楼|城)$"
)
_PERSON = re.compile(r"[\u3400-\u9fff·]{2,4}(先生|女士)?")
_DIGITS = re.compile(r"[0-9\uff10-\uff19]+")


def is_person(unit_name: str, uscc: str, nature: str) -> bool:
    """True when the unit is a person: registered as a resident, or unregistered with a person's name."""
    if nature:
        return nature == Nature.RESIDENT
    return not uscc and bool(_PERSON.fullmatch(unit_name)) and not _UNIT_ENDINGS.search(unit_name)


def shown_address(address: str, unit_name: str, uscc: str, nature: str = "") -> str:
    """The address; without its numbers where it may be a home: a person's, or an account's without a known unit."""
    is_home = is_person(unit_name, uscc, nature) or not (unit_name or uscc)
    return mask_address(address) if is_home else address


def mask_name(name: str) -> str:
    """张三丰 → 张**."""
    return name[:1] + "*" * (len(name) - 1)


def mask_address(address: str) -> str:
    """A home's street stays, its house and room numbers do not: 中山路12号3幢 → 中山路**号*幢."""
    return _DIGITS.sub(lambda found: "*" * len(found[0]), address)


def mask_account(account: str) -> str:
    """The last four characters stay, so that an office and a carrier can speak of the same account."""
    return "*" * max(0, len(account) - 4) + account[-4:] if len(account) > 4 else "*" * len(account)
