"""What should an author mend although the signatures load? One class per lint.

A lint has a ``name`` (the class in its messages), a ``recommendation`` (what to do) and ``check``, which finds its
faults in all the signatures of a folder. Adding a lint is adding a class and a row in :data:`LINTS`.
"""

from sensor.signature.lint.base import Finding, Lint, Subject
from sensor.signature.lint.run import LINTS, lint_folder

__all__ = ["LINTS", "Finding", "Lint", "Subject", "lint_folder"]
