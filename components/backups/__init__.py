"""Backups: the vault that they go to, the jobs that take, verify and restore them, and what they are asked for."""
