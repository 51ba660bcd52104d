"""How a call shows who it comes from: turned around the transport once, for every adapter that speaks HTTP."""
