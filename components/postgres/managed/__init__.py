"""What the managed backends of PostgreSQL share."""
