"""The explorer: a page of our own to write and run queries, with nothing from elsewhere."""
