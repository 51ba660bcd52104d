"""Three demonstration ministries of a country that does not exist, each a process of its own."""
