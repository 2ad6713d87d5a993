"""Measurements, each a ratio against something named; nothing here is a test, because times depend on the machine."""
