"""The program that `pulumi` runs."""

from infra.program import main

main()
