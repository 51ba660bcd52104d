"""X-Road's wire, as its clients see it: pure reading and writing of messages, nothing that calls or stores."""
