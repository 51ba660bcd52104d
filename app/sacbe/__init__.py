"""Holds the keys: settings, wiring, ASGI applications, command line, embedded PostgreSQL."""
