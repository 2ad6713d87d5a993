"""What continuous integration runs: nothing is applied but what was agreed to, and nothing goes around protection."""
