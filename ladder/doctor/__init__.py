"""`ladder doctor`: what is missing on this machine or cluster, with the fix."""
