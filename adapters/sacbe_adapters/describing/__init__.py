"""Reading descriptions in a process that opens nothing: see docs/decisions/0041."""
