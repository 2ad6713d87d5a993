"""Copying a store from one backend to another: what the jobs of a climb are made of."""
