#!/usr/bin/env bash
# Guess, before running: raking to two margins of different totals (100 respondents by region, 60 by age), which no weights
# can meet both, ends with an error, or at least says that it did not converge.
# Found: R's survey and Python's ipfn both end as if all were well, ipfn with the words that it converged. The margin that was
# given last is met, the other one is not: who gives them in another order gets other totals.
# The shares of each margin are right all the same, so that only sums tell.
# Needs Debian 12's R packages: apt-get install r-base-core r-cran-survey
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check ipfn==1.4.4 pandas==3.0.5
cd "$work"
venv/bin/python - <<'PYTHON'
import warnings
from importlib.metadata import version

import pandas as pd
from ipfn.ipfn import ipfn

warnings.simplefilter("error")
regio = pd.Series({"noord": 50.0, "zuid": 50.0}).rename_axis("regio")
age = pd.Series({"jong": 10.0, "oud": 50.0}).rename_axis("leeftijd")


def raked(margins):
    people = pd.DataFrame({"regio": ["noord"] * 40 + ["zuid"] * 60, "leeftijd": ["jong", "oud"] * 50, "total": 1.0})
    weighted, converged = ipfn(people, margins, [[margin.index.name] for margin in margins], verbose=1).iteration()
    return converged, round(weighted["total"].sum())


(converged, last_age), (also_converged, last_regio) = raked([regio, age]), raked([age, regio])
print("ipfn", version("ipfn"), "converged:", converged, also_converged)
print("sum of all weights with age last:", last_age, " with region last:", last_regio)
assert (converged, also_converged, last_age, last_regio) == (1, 1, 60, 100)
PYTHON
Rscript --vanilla - <<'R'
suppressMessages(library(survey))
stopifnot(packageVersion("survey") == "4.1.1")
options(warn = 2)  # a warning is an error
people <- data.frame(regio = rep(c("noord", "zuid"), c(40, 60)), leeftijd = rep(c("jong", "oud"), 50))
design <- svydesign(ids = ~1, weights = ~1, data = people)
regio <- data.frame(regio = c("noord", "zuid"), Freq = c(50, 50))
age <- data.frame(leeftijd = c("jong", "oud"), Freq = c(10, 50))
last_age <- sum(weights(rake(design, list(~regio, ~leeftijd), list(regio, age))))
last_regio <- sum(weights(rake(design, list(~leeftijd, ~regio), list(age, regio))))
cat("survey", as.character(packageVersion("survey")), "without a warning\n")
cat("sum of all weights with age last:", last_age, " with region last:", last_regio, "\n")
stopifnot(round(last_age) == 60, round(last_regio) == 100)
R
