"""The build: an optional compiled core. Metadata lives in pyproject.toml.

The modules named here are ordinary Python. With Cython and a C compiler they are compiled; without,
or when compiling fails, they run as they are, with the same results. RECONCILE_PURE=1 leaves the
compiler alone; RECONCILE_COMPILED=1 makes its failure an error.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

MODULES = (
    "reconcile.value._copy_cy",
    "reconcile.value._walk_cy",
    "reconcile.diff._align_cy",
    "reconcile.diff._marks_cy",
    "reconcile.diff._engine_cy",
    "reconcile.diff._dynamic_cy",
    "reconcile.diff._elements_cy",
    "reconcile.diff._trie_cy",
    "reconcile.diff._kind_cy",
    "reconcile.diff._typed_cy",
    "reconcile.diff._pruning_cy",
    "reconcile.diff._ownership_cy",
    "reconcile.diff._managers_cy",
    "reconcile.diff._managed_cy",
    "reconcile.kinds.defaults._giving_cy",
    "reconcile.kinds.defaults._normal_cy",
    "reconcile.kinds.validation._read_cy",
    "reconcile.simulate._numbers_cy",
    "reconcile.simulate._reading_cy",
)
PURE = os.environ.get("RECONCILE_PURE", "0") not in {"", "0"}
# What a debugger would read is two thirds of a wheel, and Python's own flags ask for it.
LEAN = ["-g0"] if os.name == "posix" else []
STRIPPED = ["-Wl,--strip-all"] if sys.platform == "linux" else []
INSIST = os.environ.get("RECONCILE_COMPILED", "0") not in {"", "0"}


def extensions() -> list[Extension]:
    """Return what to compile: nothing without Cython, or when the plain build is asked for."""
    if PURE:
        return []
    sources = [
        Extension(
            name,
            [f"{name.replace('.', '/')}.py"],
            extra_compile_args=LEAN,
            extra_link_args=STRIPPED,
        )
        for name in MODULES
    ]
    try:
        from Cython.Build import cythonize

        return cythonize(
            sources,
            build_dir="build",
            compiler_directives={
                "language_level": "3",
                "binding": False,
                "annotation_typing": False,
            },
        )
    except Exception as error:
        if INSIST:
            raise
        print(f"warning: plain build, without the compiled core: {error}", file=sys.stderr)
        return []


class OptionalBuild(build_ext):
    """Compile what can be compiled. `cythonize` drops `optional=True`, so failures end here."""

    def finalize_options(self) -> None:
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()

    def run(self) -> None:
        try:
            super().run()
        except Exception as error:
            self.left_out(error)

    def build_extension(self, ext: Extension) -> None:
        try:
            super().build_extension(ext)
        except Exception as error:
            self.left_out(error)

    def left_out(self, error: Exception) -> None:
        if INSIST:
            raise error
        print(f"warning: plain build, without the compiled core: {error}", file=sys.stderr)

    def copy_extensions_to_source(self) -> None:
        built = Path(self.build_lib)
        self.extensions = [
            ext for ext in self.extensions if (built / self.get_ext_filename(ext.name)).exists()
        ]
        super().copy_extensions_to_source()

    def get_outputs(self) -> list[str]:
        return [path for path in super().get_outputs() if Path(path).exists()]


setup(ext_modules=extensions(), cmdclass={"build_ext": OptionalBuild})
