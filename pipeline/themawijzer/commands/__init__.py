"""One module per command: a plain function that does the work and returns what there is to tell."""
