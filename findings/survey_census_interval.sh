#!/usr/bin/env bash
# Guess, before running: of a complete count (60 of 60 respondents, finite-population correction) svyciprop gives the share
# as its own interval, by whichever method, since nothing is uncertain; or it gives none.
# Found: method "beta", the one that is recommended for rare codes, gives .5 to .5, which does not hold the share of 1 in 60.
# The effective sample size is infinite there. Most other methods give the share; "likelihood" stops with an error.
# Needs Debian 12's R packages: apt-get install r-base-core r-cran-survey
set -euo pipefail
Rscript --vanilla - <<'R'
suppressMessages(library(survey))
stopifnot(packageVersion("survey") == "4.1.1")
counted <- data.frame(code = c(1, rep(0, 59)), all = 60)
design <- svydesign(ids = ~1, fpc = ~all, data = counted)
cat("survey", as.character(packageVersion("survey")), "\n")
for (method in c("logit", "asin", "beta", "mean", "xlogit")) {
  found <- svyciprop(~code, design, method = method)
  cat(sprintf("%-7s share %.4f, interval %.4f to %.4f\n", method, coef(found), confint(found)[1], confint(found)[2]))
  expected <- if (method == "beta") 0.5 else 1 / 60
  stopifnot(abs(coef(found) - 1 / 60) < 1e-6, all(abs(confint(found) - expected) < 1e-4))
}
R
