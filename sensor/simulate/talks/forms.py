"""Which members do the dialects of the Stratum family have? One row per dialect or variant."""

from __future__ import annotations

from typing import Any, Final

from sensor.simulate.talks.form import Form, Maker, Moment

_PER_DIFFICULTY = 2**32
_ALEPHIUM_UNIT = 2**34
"""The hash must fall on the right one of 16 chains as well."""
_YES: Maker = lambda _: True  # noqa: E731


def _authorize(moment: Moment) -> list[str]:
    return [moment.user, "x"]


def _agent(moment: Moment) -> list[Any]:
    return [moment.rig.agent]


def _agent_null(moment: Moment) -> list[Any]:
    return [moment.rig.agent, None]


def _difficulty(moment: Moment) -> list[float]:
    return [moment.difficulty(_PER_DIFFICULTY)]


def _hashes(moment: Moment) -> list[int]:
    return [max(round(moment.rig.hashes_per_share), 1)]


def _target(moment: Moment) -> list[str]:
    return [moment.target]


def _v1_reply(moment: Moment) -> list[Any]:
    session = moment.hex(8)
    return [[["mining.set_difficulty", session], ["mining.notify", session]], moment.hex(8), 4]


def _v1_share(moment: Moment) -> list[str]:
    return [moment.user, moment.job[0], moment.hex(8), moment.time, moment.hex(8)]


def _ethash_share(moment: Moment) -> list[str]:
    return [moment.user, moment.job[0], "0x" + moment.hex(16), "0x" + moment.hex(64), "0x" + moment.hex(64)]


def _v1_job(moment: Moment) -> list[Any]:
    branches = [moment.hex(64) for _ in range(4)]
    return [
        moment.hex(8),
        moment.hex(64),
        moment.hex(120),
        moment.hex(160),
        branches,
        "20000000",
        "1b0137a2",
        moment.time,
        True,
    ]


def _progpow_job(moment: Moment) -> list[Any]:
    height = 3_500_000 + moment.now_s % 86_400 // 60
    return [moment.hex(4), moment.hex(64), moment.hex(64), moment.target, True, height, "1b0137a2"]


def _eth_job(moment: Moment) -> list[Any]:
    return ["0x" + moment.hex(8), "0x" + moment.hex(64), "0x" + moment.hex(64), "0x" + moment.target, True]


def _conflux_job(moment: Moment) -> list[Any]:
    boundary = "0x" + moment.target.lstrip("0")
    return [moment.hex(8), str(84_500_000 + moment.now_s % 86_400 * 2), "0x" + moment.hex(64), boundary]


def _conflux_share(moment: Moment) -> list[str]:
    return [moment.user, moment.job[0], "0x" + moment.hex(16), moment.job[2]]


def _kaspa_job(moment: Moment) -> list[Any]:
    header = [moment.rng.getrandbits(64) for _ in range(4)]
    return [str(moment.rng.randrange(1000)), header, moment.now_s * 1000]


def _kaspa_text_job(moment: Moment) -> list[Any]:
    return [str(moment.rng.randrange(1000)), moment.hex(80)]


def _kaspa_share(moment: Moment) -> list[str]:
    return [moment.user, moment.job[0], "0x" + moment.hex(16)]


def _alephium_job(moment: Moment) -> list[Any]:
    return [
        {
            "jobId": moment.hex(8),
            "fromGroup": chain,
            "toGroup": 3 - chain,
            "headerBlob": moment.hex(604),
            "txsBlob": "",
        }
        for chain in range(4)
    ]


def _alephium_share(moment: Moment) -> dict[str, Any]:
    chosen = moment.rng.choice(moment.job)
    groups = {key: chosen[key] for key in ("jobId", "fromGroup", "toGroup")}
    return {**groups, "nonce": moment.hex(48), "worker": moment.user}


def _alephium_target(moment: Moment) -> list[str]:
    return [moment.target_of(moment.rig.hashes_per_share / 16)]


def _alephium_proposed_job(moment: Moment) -> list[str]:
    return [moment.hex(8), f"{moment.rng.randrange(16):x}", moment.hex(604)]


def _alephium_proposed_share(moment: Moment) -> list[str]:
    return [moment.job[0], moment.hex(44), moment.user]


def _rate(moment: Moment) -> list[str]:
    return [hex(round(moment.rig.hashrate_hs)), moment.rig.worker]


def _client_rate(moment: Moment) -> list[str]:
    return [hex(round(moment.rig.hashrate_hs)), "0x" + "0" * 56 + "c0ffee00"]


def _ergo_job(moment: Moment) -> list[Any]:
    target = str(int(moment.target, 16))
    height = 1_412_000 + moment.now_s % 86_400 // 120
    return [moment.hex(6), height, moment.hex(64), "", "", "00000004", target, "", True]


def _ergo_share(moment: Moment) -> list[str]:
    return [moment.user, moment.job[0], moment.hex(12), "", moment.hex(16)]


def _aleo_reply(moment: Moment) -> list[Any]:
    return ["s-" + moment.hex(6), None, moment.rig.account]


def _aleo_job(moment: Moment) -> list[Any]:
    return [moment.hex(8), moment.hex(192), None, True]


def _aleo_share(moment: Moment) -> list[str]:
    return [moment.user, moment.job[0], moment.hex(16), moment.hex(96), moment.hex(208)]


def _xelis_reply(moment: Moment) -> list[Any]:
    return [moment.hex(16), moment.hex(8), 32, moment.hex(64)]


def _xelis_login(moment: Moment) -> list[str]:
    return [moment.rig.account, moment.rig.worker, "x"]


def _xelis_job(moment: Moment) -> list[Any]:
    return [moment.hex(8), f"{moment.now_s * 1000:x}", moment.hex(64), "xel/v2", True]


def _short_share(moment: Moment) -> list[str]:
    return [moment.user, moment.job[0], moment.hex(24)]


def _xelis_share(moment: Moment) -> list[str]:
    return [moment.rig.account, moment.job[0], moment.hex(16)]


def _decred_job(moment: Moment) -> list[Any]:
    return [moment.hex(8), moment.hex(64), moment.hex(216), "0b000000", [], "0a000000", "", moment.time, True]


def _handshake_job(moment: Moment) -> list[str]:
    return [moment.hex(4), *(moment.hex(64) for _ in range(5)), "00000000", "1902f8e3", moment.time]


def _handshake_share(moment: Moment) -> list[str]:
    return [*_v1_share(moment), moment.hex(64)]


def _kadena_job(moment: Moment) -> list[Any]:
    return [moment.hex(4), moment.hex(572), True]


def _ckb_job(moment: Moment) -> list[Any]:
    height = 14_500_000 + moment.now_s % 86_400 // 8
    return [moment.hex(8), moment.hex(64), height, moment.hex(64), True]


def _nexa_job(moment: Moment) -> list[Any]:
    return [moment.hex(8), moment.hex(64), 912_000 + moment.now_s % 86_400 // 120, "1a2b3c4d"]


def _sia_job(moment: Moment) -> list[Any]:
    halves, branches = [moment.hex(120), moment.hex(160)], [moment.hex(64) for _ in range(3)]
    return [moment.hex(4), moment.hex(64), *halves, branches, "", "1a0b2c3d", f"{moment.now_s:016x}", True]


def _sia_share(moment: Moment) -> list[str]:
    return [moment.user, moment.job[0], moment.hex(8), f"{moment.now_s:016x}", moment.hex(16)]


def _warthog_job(moment: Moment) -> list[Any]:
    return [moment.hex(4), moment.hex(64), moment.hex(160), "00000002", "1e0fffff", moment.time, True]


def _warthog_share(moment: Moment) -> list[str]:
    return [moment.job[0], moment.hex(8), moment.time, moment.hex(8)]


def _short_reply(digits: int, size: int) -> Maker:
    return lambda moment: [None, moment.hex(digits), size]


def _form(subscribe: Maker, reply: Maker, job: Maker, share: Maker, settings: str = "difficulty") -> Form:
    """The usual order: subscribe, authorize, then a difficulty or a target."""
    setting = ("mining.set_target", _target) if settings == "target" else ("mining.set_difficulty", _difficulty)
    asks = (("mining.subscribe", subscribe, reply), ("mining.authorize", _authorize, _YES))
    return Form(asks, job, share, pushes=(setting,))


def _kaspa(job: Maker) -> Form:
    asks = (
        ("mining.subscribe", _agent, lambda _: [True, "EthereumStratum/1.0.0"]),
        ("mining.authorize", _authorize, _YES),
    )
    pushes = (("set_extranonce", lambda moment: [moment.hex(4)]), ("mining.set_difficulty", _difficulty))
    return Form(asks, job, _kaspa_share, pushes=pushes)


FORMS: Final[dict[str, Form]] = {
    "progpow": Form(
        (
            ("mining.subscribe", _agent, lambda moment: [None, moment.hex(4)]),
            ("mining.authorize", _authorize, _YES),
        ),
        _progpow_job,
        _ethash_share,
        pushes=(("mining.set_target", _target),),
        report=("eth_submitHashrate", _client_rate),
    ),
    "eth-stratum": _form(lambda _: [], _YES, _eth_job, _ethash_share),
    "conflux": Form(
        (("mining.subscribe", lambda moment: [moment.user, "x"], _YES),),
        _conflux_job,
        _conflux_share,
    ),
    "kaspa": _kaspa(_kaspa_job),
    "kaspa-large-job": _kaspa(_kaspa_text_job),
    "alephium": Form(
        (("mining.authorize", _authorize, _YES),),
        _alephium_job,
        _alephium_share,
        first=(("mining.set_difficulty", lambda moment: [moment.difficulty(_ALEPHIUM_UNIT)]),),
        pushes=(("mining.set_extranonce", lambda moment: [moment.hex(4)]),),
        report=("alph_submitHashrate", _rate),
    ),
    "alephium-proposed": Form(
        (
            ("mining.hello", lambda moment: [moment.rig.agent, "AlephiumStratum/1.0.0"], _YES),
            ("mining.authorize", _authorize, _YES),
        ),
        _alephium_proposed_job,
        _alephium_proposed_share,
        pushes=(("mining.set_extranonce", lambda moment: [moment.hex(4)]), ("mining.set_target", _alephium_target)),
    ),
    "ergo": Form(
        (("mining.subscribe", _agent, _v1_reply), ("mining.authorize", _authorize, _YES)),
        _ergo_job,
        _ergo_share,
        pushes=(("mining.set_difficulty", lambda _: [1]),),
    ),
    "aleo": Form(
        (
            ("mining.subscribe", lambda moment: [moment.rig.agent, "AleoStratum/2.0.0", None], _aleo_reply),
            ("mining.authorize", _authorize, _YES),
        ),
        _aleo_job,
        _aleo_share,
        pushes=(("mining.set_target", _hashes),),
    ),
    "xelis": Form(
        (
            ("mining.subscribe", lambda moment: [moment.rig.agent, ["xel/v2"]], _xelis_reply),
            ("mining.authorize", _xelis_login, _YES),
        ),
        _xelis_job,
        _xelis_share,
        pushes=(("mining.set_difficulty", _hashes),),
    ),
    "decred": _form(_agent, _v1_reply, _decred_job, _v1_share),
    "handshake": _form(_agent, _v1_reply, _handshake_job, _handshake_share),
    "kadena": _form(_agent_null, _short_reply(12, 6), _kadena_job, _short_share, "target"),
    "ckb": _form(_agent_null, _short_reply(8, 12), _ckb_job, _short_share, "target"),
    "nexa": _form(_agent, _v1_reply, _nexa_job, _v1_share),
    "warthog": Form(
        (("mining.subscribe", _agent, _v1_reply), ("mining.authorize", _authorize, _YES)),
        _warthog_job,
        _warthog_share,
        pushes=(("mining.set_difficulty", _hashes),),
    ),
    "sia": _form(lambda _: [], _v1_reply, _sia_job, _sia_share),
    "nicehash": _form(
        lambda moment: [moment.rig.agent, str(moment.now_s * 1000), moment.hex(64)], _v1_reply, _v1_job, _v1_share
    ),
}
"""Every form by the name of its scenario."""
