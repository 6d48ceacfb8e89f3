"""Who else knows? Sources outside the collector's database: geo files, and logs that stay where they are."""

from collector.resolve.foreign.sources import foreign_sources, foreign_state

__all__ = ["foreign_sources", "foreign_state"]
