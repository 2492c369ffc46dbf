#!/usr/bin/env bash
# Guess, before running: how long an interview took, in R a difftime of 26 hours, becomes a duration in SPSS (TIME, 93,600
# seconds), or at least a number that can only be read one way, as haven turns dates, moments and hms into SPSS's own.
# Found: write_sav writes the bare number in whatever unit R happened to choose, 26, as F8.2, without a word. Minutes become
# minutes and days days; only hms becomes a TIME. write_dta does the same for Stata.
# Needs Debian 12's R packages: apt-get install r-base-core r-cran-haven
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" && Rscript --vanilla - <<'R'
suppressMessages(library(haven))
stopifnot(packageVersion("haven") == "2.5.1")
answers <- data.frame(nr = 1:2)
start <- as.POSIXct("2024-03-01 10:00", tz = "UTC")
answers$kort <- as.POSIXct(c("2024-03-01 10:05", "2024-03-01 10:50"), tz = "UTC") - start
answers$lang <- as.POSIXct(c("2024-03-02 12:00", "2024-03-01 11:30"), tz = "UTC") - start
answers$hms <- hms::as_hms(answers$lang)
write_sav(answers, "a.sav")
back <- read_sav("a.sav")
cat("haven", as.character(packageVersion("haven")), "\n")
cat("26 hours becomes", back$lang[[1]], "and five minutes", back$kort[[1]], "\n")
cat("formats:", attr(back$lang, "format.spss"), attr(back$kort, "format.spss"), "\n")
stopifnot(identical(as.vector(back$lang), c(26, 1.5)), identical(as.vector(back$kort), c(5, 50)))
stopifnot(attr(back$lang, "format.spss") == "F8.2", attr(back$kort, "format.spss") == "F8.2")
stopifnot(inherits(back$hms, "hms"), as.numeric(back$hms[[1]]) == 93600)
R
