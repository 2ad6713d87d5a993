"""A stack: its file, edits to it, and the CLI that brings it up."""
