"""`python -m sacbe` is the command `sacbe`."""

from sacbe.cli import main

main()
