"""The program that `pulumi` runs."""

import gc
import sys

# A run builds objects that live until its end, and ends within seconds: looking for garbage finds none.
# Measured in bench/README.md.
gc.disable()

import pulumi  # noqa: E402 (after the line that its own objects would pay for)

from infra.program import main  # noqa: E402

SAID_ALREADY = 32
"""The exit status by which a program tells the engine that its error was shown, so that no second one follows."""

try:
    main()
except pulumi.RunError as error:
    pulumi.log.error(str(error))
    sys.exit(SAID_ALREADY)
