"""``python -m rtstruct.accelerate``: see `rtstruct.backends.runner`."""

import sys

from rtstruct.backends import accelerate
from rtstruct.backends.runner import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

# `import rtstruct.accelerate` gives the function, which has that name in the package
sys.modules[__name__] = accelerate  # type: ignore[assignment]
