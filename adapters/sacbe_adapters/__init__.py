"""How to speak to ministries' systems: adapters, their contract, the guarded way out."""
