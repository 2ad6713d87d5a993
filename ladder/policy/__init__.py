"""What a reviewer would look for in every stack: one list of rules, for the offline engine and for the pack alike."""
