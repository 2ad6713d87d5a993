"""`ladder backup`, `verify`, `backups` and `restore`: the jobs of a stack's backups, started and followed by hand."""
