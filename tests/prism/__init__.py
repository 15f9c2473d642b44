"""Stoplight's Prism between the host and the simulated Amazon: every request and every answer is held to Amazon's own models."""
