"""People's side: the page on which coders label answers, and the files to which it adds what they decide."""
