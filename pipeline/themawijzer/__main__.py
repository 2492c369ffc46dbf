"""`python -m themawijzer`: the command line."""

from themawijzer.cli import main

if __name__ == "__main__":
    main()
