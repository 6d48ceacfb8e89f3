"""Is the native engine built? Everything else is in pyproject.toml.

MINEWATCH_NATIVE=auto (the default) builds it where there is a Rust toolchain, never leaves it out, require fails
without it. At run time MINEWATCH_ENGINE chooses between what is there.
"""

import os
import sys

from setuptools import setup

CHOICES = ("auto", "never", "require")
choice = os.environ.get("MINEWATCH_NATIVE", "auto")
if choice not in CHOICES:
    sys.exit(f"MINEWATCH_NATIVE={choice}: no such choice; use one of {', '.join(CHOICES)}")

extensions = []
options = {}
if choice != "never":
    from setuptools_rust import Binding, RustExtension

    native = RustExtension(
        "sensor.engine._native",
        path="engine/py/Cargo.toml",
        binding=Binding.PyO3,
        py_limited_api=True,
        debug=False,
        args=["--locked"],
        optional=choice == "auto",
    )
    extensions.append(native)
    # One wheel for every CPython from 3.11 on.
    options = {"bdist_wheel": {"py_limited_api": "cp311"}}

setup(rust_extensions=extensions, options=options)
