"""Outbound delivery: one adapter per way; `sending.send` is the only door. Nothing here knows the database."""
