"""Subscriptions: what happens, told to whoever follows it, as it happens."""
