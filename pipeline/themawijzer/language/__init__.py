"""Dutch text: tokens with lemmas, what kind of answer it is, and sentence vectors."""
