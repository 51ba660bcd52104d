"""The bus: members, registration, access rights, exchange, message log."""
