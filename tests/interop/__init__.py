"""Clients of others against a live host, every method as everybody, and every change as a dry run."""
