"""Reads: every SELECT that is not part of a write; returns rows, or facts for the domain."""
