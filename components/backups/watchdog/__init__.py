"""The watchdog in the cluster, and its program."""

from components.backups.watchdog.args import AlertsArgs, Format, WatchdogArgs, Watched
from components.backups.watchdog.component import Watchdog

__all__ = ["AlertsArgs", "Format", "Watchdog", "WatchdogArgs", "Watched"]
