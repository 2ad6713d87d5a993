"""The watchdog: tells people when backups are late, unproven or failing, and when volumes fill.

It runs in the cluster from mounted files, as `python3 -m watchdog`, with nothing but the standard library: imports
between its modules are relative.
"""
