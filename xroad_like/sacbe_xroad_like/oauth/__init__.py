"""OAuth 2.0 for clients of the bus: tokens for a signed assertion, good only in the hands of whoever asked."""
