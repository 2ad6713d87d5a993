"""What `pulumi up` would do, worked out without CLI, credentials or cluster."""

from ladder.plan.before import Before, from_file, from_git, nothing
from ladder.plan.judge import make, read_settings
from ladder.plan.model import Plan

__all__ = ["Before", "Plan", "from_file", "from_git", "make", "nothing", "read_settings"]
