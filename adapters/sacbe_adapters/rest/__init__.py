"""REST: systems described by an OpenAPI document."""
