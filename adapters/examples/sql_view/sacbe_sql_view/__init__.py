"""An adapter for views of a PostgreSQL database: the worked example of `docs/guides/add-an-adapter.md`."""
