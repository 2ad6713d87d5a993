"""The program that `pulumi` runs."""

import sys

import pulumi

from infra.program import main

SAID_ALREADY = 32
"""The exit status by which a program tells the engine that its error was shown, so that no second one follows."""

try:
    main()
except pulumi.RunError as error:
    pulumi.log.error(str(error))
    sys.exit(SAID_ALREADY)
