"""What did people decide about single names of the pool lists? Read by :mod:`sensor.signature.pool_import`.

A list of blocked names says neither what a name is for nor whether the names below it serve the same purpose.
When in doubt a name is a site: it then tells the operator and accuses nobody.
"""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


MINING_WORDS = ("pool", "miner", "mining", "mine", "hash", "xmr", "monero", "stratum", "coin-have", "coinhive")
"""A registrable name with one of these in it serves mining only, unless it is reviewed below."""

MINING_NAMES = _names(
    """
    2mars.biz bsod.pw coinfoundry.org coinimp.com coinimp.net coinerra.com cryptoknight.cc crypto-loot.com
    cryptaloot.pro cryptoloot.pro cryptonote.club ezil.me gntl.co.uk gntl.uk hiveon.net
    kryptex.network letshash.it raptoreum.zone rplant.xyz suprnova.cc vipor.net whalesburg.com
    """
)
"""Names without a mining word that serve mining only."""

SITES = _names(
    """
    actinium.org adminer.com bitcoin.com bitcoinrh.org braiins.com bw.com coincave.nl coinpot.co cryptogreek.cafe
    cryptominded.com emcd.io emercoin.com emercoin.net emergate.net ethtrader.de excc.co exx.com
    foundrydigital.com joulecoin.org kronecoin.org lanacoin.com
    minercircle.com mining-help.ru mintsy.co nbminer.com noirofficial.org pangolinminer.com
    pexaproject.com pioncoin.org spectresecurity.io spotmecoin.com sucrecoin.org
    tecracoin.io titcoins.info ultranote.org uralscoin.info wazn.io wolfpackbot.com wowne.ro xmrig.com zel.cash
    """
)
"""Coins, exchanges, wallets, software and hardware vendors: names that serve more than mining, or something else."""

NOT_SHIPPED = frozenset({"my.domain"})
"""Placeholders that slipped into a list."""

MIXED = SITES | _names(
    """
    binance.com bsquared.network btc.com btcc.com btcchina.com hpt.com infura-ipfs.io kucoin.com luxor.tech monerod.org
    moneroworld.com nicehash.com okex.com titan.io whitebit.com
    """
)
"""Registrable names below which other services run: a pool below them counts by its full name only."""

SHARED = _names(
    """
    contaboserver.net ddns.net dscloud.me duckdns.org dyndns.org ip-51-222-248.net mysrv.cloud onion.pet page.tl
    softether.net us.to
    """
)
"""Parents that anyone may have a name below and that the public suffix list does not know."""

POOL_HOSTS = frozenset({"lhr.nbminer.com", "lhr3.nbminer.com", "randomx.xmrig.com"})
"""Names below a vendor's site that take shares."""

MANY_COINS = frozenset({"moneroocean.stream", "monerooceans.stream", "ppxxmr.com", "xmrig.com"})
"""Names that call one coin and serve several."""

_BTC_ONLY = _names("bitminter.com btcguild.com ckpool.org eligius.st kano.is marapool.com ocean.xyz")
ONE_COIN = dict.fromkeys(_BTC_ONLY, "BTC")
"""Operators on a list of one coin's pools that are known to serve no other."""
