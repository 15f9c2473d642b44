"""Clients of others against a live host, every method as everybody, and every change dry and twice."""
