"""One survey with what people decided about it, and the files that it was coded with and into."""
