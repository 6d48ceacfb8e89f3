"""How does the sensor give up its power once the interfaces are open, and how is it sure that it cannot get it back?

Capabilities, bounding set and ``no_new_privs`` belong to threads (capabilities(7), prctl(2)): drop them before other
threads start. That all threads have lost them is looked up in /proc afterwards.
"""

from __future__ import annotations

import ctypes
import errno
import grp
import os
import pwd
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sensor.model.errors import ConfigError, MinewatchError

_PR_SET_NO_NEW_PRIVS, _PR_CAPBSET_DROP, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 38, 24, 47, 4
_CAPABILITY_VERSION_3 = 0x20080522
_NO_CAPABILITIES = bytes(24)
_MAX_CAPABILITY = 63
_CAPABILITY_SETS = ("CapInh", "CapPrm", "CapEff", "CapAmb")
_TASKS = Path("/proc/self/task")


class PrivilegeError(MinewatchError):
    """Privileges could not be given up; the process must not go on."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a process is to become."""

    user: str
    uid: int
    gid: int


def find_identity(user: str, group: str | None = None) -> Identity:
    """The unprivileged ``user``, and ``group`` or else the user's own. Raises ConfigError when there is none such."""
    try:
        account = pwd.getpwnam(user)
    except KeyError as fault:
        raise ConfigError(
            f"user: this system has no user {user!r}; make it: useradd --system --no-create-home {user}, "
            "or name one that is there"
        ) from fault
    try:
        gid = grp.getgrnam(group).gr_gid if group else account.pw_gid
    except KeyError as fault:
        raise ConfigError(f"group: this system has no group {group!r}; make it: groupadd --system {group}") from fault
    if account.pw_uid == 0 or gid == 0:
        raise ConfigError(f"user: {user} with group {gid} is root again; name an unprivileged user and group")
    return Identity(user, account.pw_uid, gid)


def drop_privileges(identity: Identity | None) -> None:
    """Become ``identity`` without groups, capabilities or a way back; None keeps the user and drops all else.

    Call it once every interface is open and before the first thread starts. Raises PrivilegeError when anything is
    left over; a process that is neither root nor ``identity`` already cannot become it.
    """
    if identity is None and os.geteuid() == 0:
        raise PrivilegeError("privileges: runs as root and no user is named; name an unprivileged user to become")
    try:
        _drop_bounding_set()
        if identity is not None:
            _become(identity)
        _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
        _call("capset", struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), _NO_CAPABILITIES)
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    except OSError as fault:
        raise PrivilegeError(
            f"privileges: cannot be dropped: {fault.strerror}; start as root or as that user"
        ) from fault
    if left := list(leftovers(identity)):
        raise PrivilegeError(f"privileges: still there after dropping: {'; '.join(left)}; start threads later")


def leftovers(identity: Identity | None) -> Iterator[str]:
    """Every power that this process still has, in any of its threads; tries to become root again, too."""
    if identity is not None:
        if (os.getresuid(), os.getresgid()) != ((identity.uid,) * 3, (identity.gid,) * 3):
            yield f"user {os.getresuid()} group {os.getresgid()}"
        if set(os.getgroups()) - {identity.gid}:
            yield f"groups {os.getgroups()}"
    for status in sorted(_TASKS.glob("*/status")):
        yield from _thread_leftovers(status)
    try:
        os.setresuid(0, 0, 0)
    except PermissionError:
        return
    yield "can become root again"


def _become(identity: Identity) -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(identity.gid, identity.gid, identity.gid)
        os.setresuid(identity.uid, identity.uid, identity.uid)
    elif os.getresuid() != (identity.uid,) * 3:
        raise PermissionError(errno.EPERM, f"user {os.geteuid()} cannot become {identity.user}")


def _drop_bounding_set() -> None:
    """No program started from here can gain a capability. Without CAP_SETPCAP, ``no_new_privs`` alone sees to that."""
    for capability in range(_MAX_CAPABILITY + 1):
        try:
            _prctl(_PR_CAPBSET_DROP, capability)
        except OSError as fault:
            if fault.errno == errno.EINVAL:
                return
            if fault.errno != errno.EPERM:
                raise


def _thread_leftovers(status: Path) -> Iterator[str]:
    try:
        lines = status.read_text().splitlines()
    except FileNotFoundError:
        # The thread ended between the listing and the look.
        return
    fields = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    thread = f"thread {status.parent.name}"
    for name in _CAPABILITY_SETS:
        if int(fields.get(name, "0"), 16):
            yield f"{thread} {name} {fields[name]}"
    if fields.get("NoNewPrivs") != "1":
        yield f"{thread} may gain privileges by starting a program"


def _prctl(option: int, argument: int) -> None:
    _call("prctl", *(ctypes.c_ulong(value) for value in (option, argument, 0, 0, 0)))


def _call(name: str, *arguments: object) -> None:
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments):
        fault = ctypes.get_errno()
        raise OSError(fault, os.strerror(fault))
