"""What exists: public services, institutions, data services and their descriptions, and the search over them."""
