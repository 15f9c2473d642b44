"""Tests of quayside-conformance against plugins."""
