"""Writes: one function per thing a person does, with its audit entry in the same transaction."""
