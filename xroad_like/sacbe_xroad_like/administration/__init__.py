"""Who may administer what here: people and their roles, each act decided, done whole and written down."""
