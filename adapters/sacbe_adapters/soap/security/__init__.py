"""WS-Security: what a SOAP message says of who sent it, written into ours and proven of theirs."""
