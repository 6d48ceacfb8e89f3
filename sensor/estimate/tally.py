"""How much work was taken in how much mining time? The sums that an estimate is made of."""

from __future__ import annotations

from dataclasses import dataclass, field

from sensor.estimate.work import Work

NS = 1_000_000_000


@dataclass(slots=True)
class Tally:
    """Shares and their work: count, sum and sum of squares (for the spread when the target changes)."""

    count: float = 0
    total: float = 0.0
    squares: float = 0.0

    def take(self, amount: float) -> None:
        """Count one share."""
        self.count += 1
        self.total += amount
        self.squares += amount * amount

    def add(self, other: Tally, part: float = 1) -> None:
        """Count another tally's shares in, or a part of them."""
        self.count += other.count * part
        self.total += other.total * part
        self.squares += other.squares * part


@dataclass(slots=True)
class Stretch:
    """Mining time and the shares taken in it. ``scaled`` shares are counted in difficulty, ``plain`` ones in work."""

    mined_ns: float = 0
    plain: Tally = field(default_factory=Tally)
    scaled: Tally = field(default_factory=Tally)

    def take(self, work: Work) -> None:
        """Count one share."""
        (self.scaled if work.scaled else self.plain).take(work.amount)

    def add(self, other: Stretch, part: float = 1) -> None:
        """Count another stretch in, or a part of it."""
        self.mined_ns += other.mined_ns * part
        self.plain.add(other.plain, part)
        self.scaled.add(other.scaled, part)
