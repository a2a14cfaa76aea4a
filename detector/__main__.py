"""`python -m detector`, for where the console script is not on the path."""

from detector.cli import main

main()
