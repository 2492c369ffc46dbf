"""Files out: the coded dataset."""
