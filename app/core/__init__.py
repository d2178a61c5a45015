"""Settings, database, clock, logging and files: what every other room stands on."""
