"""Clients of others against a live host, and every method as everybody."""
