"""Reusable components: data stores, the application, and what they share. They know nothing of stacks, config or state."""
