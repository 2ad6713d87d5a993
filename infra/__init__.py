"""This deployment: settings, ledger, guard, preflight, and the program that puts components together."""
