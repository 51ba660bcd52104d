"""Memory: systems that live in this process, for tests of the rooms above and for examples."""
