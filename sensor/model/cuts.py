"""What did the bounds of followed flows cut? Counted over all flows, by table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class TableCuts:
    """Entries that full tables of followed flows gave up, or did not take in, since the start."""

    requests: int = 0
    """Open JSON-RPC requests: an answer to one of them is no longer told apart."""
    jobs: int = 0
    """Jobs: a share of one of them is taken for one of the last job."""
    submits: int = 0
    """Shares that wait for the pool's answer: their work is not counted."""
    shares: int = 0
    """Shares remembered so that one handed in again is seen."""
    rigs: int = 0
    """Shares of rigs that are not told apart by name any longer."""
    known: int = 0
    """Servers, hosts and pools that confirmed sessions told of: flows nobody can read are not known by them."""
    odds: int = 0
    """Flows whose records of behaviour are judged anew, without those before."""
