#!/usr/bin/env bash
# Guess, before running: of a code that none of 60 respondents has, svyciprop gives an interval from 0 to about 5 or 6 %,
# as exact methods do, at least by method "beta" (Clopper and Pearson's for surveys); or it warns that it cannot.
# Found: the default gives an interval without width, 0 to 0, and no warning. The others give the same, no number at all
# ("beta", "asin", "xlogit"), or stop with an error ("likelihood"). No method tells that 6 % may have the code.
# Needs Debian 12's R packages: apt-get install r-base-core r-cran-survey
set -euo pipefail
Rscript --vanilla - <<'R'
suppressMessages(library(survey))
stopifnot(packageVersion("survey") == "4.1.1")
options(warn = 2)  # a warning is an error
sampled <- data.frame(code = rep(0, 60), weight = 1)
design <- svydesign(ids = ~1, weights = ~weight, data = sampled)
found <- svyciprop(~code, design)
cat("survey", as.character(packageVersion("survey")), "\n")
cat(sprintf("default: share %.4f, interval %.4f to %.4f, without a warning\n", coef(found), confint(found)[1], confint(found)[2]))
stopifnot(max(abs(confint(found))) < 1e-9)
options(warn = -1)
for (method in c("beta", "asin", "xlogit")) {
  cat(method, ":", confint(svyciprop(~code, design, method = method)), "\n")
  stopifnot(all(is.nan(confint(svyciprop(~code, design, method = method)))))
}
stopifnot(max(abs(confint(svyciprop(~code, design, method = "mean")))) < 1e-9)
stopifnot(inherits(try(svyciprop(~code, design, method = "likelihood"), silent = TRUE), "try-error"))
cat("exact (Clopper and Pearson): 0 to", round(binom.test(0, 60)$conf.int[2], 4), "\n")
R
