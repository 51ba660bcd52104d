"""SOAP 1.1 and 1.2: what a WSDL offers becomes operations, and calls become envelopes."""
