#!/usr/bin/env bash
# Guess, before running: a text that is declared missing in R, such as "niet gevraagd", is still missing after haven wrote a
# .sav file and read it back; or write_sav refuses it, as SPSS declares no missing texts of more than eight bytes.
# Found: the declaration is cut to "niet gev", without a word, and the value is not. From then on it is a valid answer, in R
# and in every program that reads the file.
# Needs Debian 12's R packages: apt-get install r-base-core r-cran-haven
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" && Rscript --vanilla - <<'R'
suppressMessages(library(haven))
stopifnot(packageVersion("haven") == "2.5.1")
answers <- data.frame(nr = 1:2)
answers$opmerking <- labelled_spss(c("ja", "niet gevraagd"), na_values = "niet gevraagd")
write_sav(answers, "a.sav")
back <- read_sav("a.sav", user_na = TRUE)
cat("haven", as.character(packageVersion("haven")), "\n")
cat("missing before:", is.na(answers$opmerking), " after:", is.na(back$opmerking), "\n")
cat("declared missing after:", attr(back$opmerking, "na_values"), "\n")
stopifnot(identical(is.na(answers$opmerking), c(FALSE, TRUE)))
stopifnot(identical(as.vector(is.na(back$opmerking)), c(FALSE, FALSE)))
stopifnot(attr(back$opmerking, "na_values") == "niet gev", back$opmerking[[2]] == "niet gevraagd")
R
