"""Who said it: keys, certificates, signatures, Merkle trees."""
