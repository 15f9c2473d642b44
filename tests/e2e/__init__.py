"""End-to-end tests: the real programs, a simulated Amazon, nothing mocked. python3 -m unittest e2e.first_light_test, from tests/."""
