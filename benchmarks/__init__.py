"""Measurements on an invented ledger of many milestones; run by hand, never by the test suite."""
