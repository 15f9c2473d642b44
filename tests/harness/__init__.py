"""What the end-to-end tests and the campaigns share: a simulated Amazon, a host, the CLI, and the comparison of the two worlds."""
