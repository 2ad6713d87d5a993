"""The `ladder` command and the offline engine that it plans with."""
