"""The extensions and the switches of its build; all else is in pyproject.toml.

RTSTRUCT_DEBUG=1     no optimisation, Cython's checks on
RTSTRUCT_SANITIZE=1  AddressSanitizer and UndefinedBehaviorSanitizer
RTSTRUCT_WERROR=1    warnings of the C compiler are errors
"""

import os
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup


def switch(name: str) -> bool:
    """Whether the environment asks for it; "0" does not."""
    return os.environ.get(f"RTSTRUCT_{name}") == "1"


debug, sanitize = switch("DEBUG"), switch("SANITIZE")
compile_args: list[str] = []
link_args: list[str] = []
if sys.platform != "win32":
    # without what debuggers read, which Python's own flags ask for: three quarters of a
    # wheel, and a quarter of the time to build it
    compile_args += ["-O0", "-g"] if debug else ["-O3", "-g0"]
    if sanitize:
        flags = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
        compile_args += [*flags, "-g1", "-O1", "-fno-omit-frame-pointer"]
        link_args += flags
    if switch("WERROR"):
        compile_args += ["-Wall", "-Wextra", "-Werror"]
    if not (debug or sanitize):  # what limits the harm of a fault that is left
        compile_args += ["-fstack-protector-strong"]
        compile_args += ["-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2"]
        if sys.platform == "linux":
            link_args += ["-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,noexecstack"]
else:
    compile_args += ["/guard:cf"]
    link_args += ["/guard:cf"]

# GCC does not obey the pragma by which headers forbid to fuse multiplications and
# additions: areas, index coordinates and what a product has lost would have other bits
# where a processor can
unfused = [] if sys.platform == "win32" else ["-ffp-contract=off"]
exact = dict.fromkeys(["contour_geometry", "decimal_format", "polygon_mask"], unfused)
checked = debug or sanitize
headers = Path("src/rtstruct/_native/include")
extensions = [
    Extension(
        f"rtstruct._native.{name}",
        [f"src/rtstruct/_native/{name}.pyx"],
        include_dirs=[str(headers)],
        depends=[str(header) for header in headers.rglob("*.h")],
        extra_compile_args=[*compile_args, *exact.get(name, [])],
        extra_link_args=link_args,
    )
    for name in (
        "decimal_string",
        "decimal_format",
        "cursor",
        "contour_index",
        "roi_columns",
        "contour_geometry",
        "polygon_mask",
    )
]
setup(
    options={"build_ext": {"parallel": os.cpu_count()}},
    ext_modules=cythonize(
        extensions,
        compiler_directives={
            "language_level": 3,
            "freethreading_compatible": True,
            "embedsignature": True,
            "boundscheck": checked,
            "wraparound": checked,
            "initializedcheck": checked,
            "cdivision": not checked,
        },
    ),
)
