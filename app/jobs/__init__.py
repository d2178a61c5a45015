"""The timetable and one module per job; jobs write no SQL."""
