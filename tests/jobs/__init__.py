"""Tests of the scan and the timetable."""
