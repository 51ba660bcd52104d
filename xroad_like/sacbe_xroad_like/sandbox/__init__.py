"""Sample answers, recorded by providers, for whoever tries something out: no system is asked, and nothing is signed."""
