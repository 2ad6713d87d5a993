"""Takes a whole environment to another cluster or cloud, through its backups."""
