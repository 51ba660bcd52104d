"""The one query point: schema, plan, HTTP door."""
