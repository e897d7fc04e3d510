"""`python -m service` is `recordkeeper`."""

from service.cli import main

if __name__ == "__main__":
    main(prog_name="recordkeeper")
