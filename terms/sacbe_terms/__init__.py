"""The words of the house: identifiers, values and errors. Imports nothing of ours."""
