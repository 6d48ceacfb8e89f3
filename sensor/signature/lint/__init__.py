"""Lint classes for signatures."""
