"""Pages for citizens and stewards."""
