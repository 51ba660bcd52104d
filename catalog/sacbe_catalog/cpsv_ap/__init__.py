"""CPSV-AP 3.2.0, both ways: a catalogue as a graph, and a graph as a catalogue."""

from sacbe_catalog.cpsv_ap.read import read
from sacbe_catalog.cpsv_ap.write import Format, write

__all__ = ["Format", "read", "write"]
