"""Notices: what stewards are told by mail of what happened to their institution's agreements and services."""
