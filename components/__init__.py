"""Reusable components: stores, the application and what they share. They know no stack, config or state."""
