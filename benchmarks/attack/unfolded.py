"""Small files that unfold, just over a bound that is lowered for it: refused, and in how much memory."""

from collections import Counter

import pandas as pd

from benchmarks.attack.workplace import OPTIONS, Workplace

BOUND, N_ROWS = 2**20, 2000
# The bound, where this version has one; and what the process took, said last.
LOWERED = f"""
import atexit, re
own = lambda: print(re.search(r"VmHWM:\\s+([0-9]+)", open("/proc/self/status").read())[1])
atexit.register(own)
try:
    from themawijzer.tables import unfolding
    unfolding.LARGEST_BYTES = {BOUND}
except ImportError:
    pass
"""
LONG = "lang " * 200


def attack(base: Workplace) -> dict[str, str]:
    """How many files in which all rows share one long text were refused, their sizes, and the peak memory."""
    import pyreadstat

    place = base.copied("unfolded")
    frame = pd.DataFrame({"respnr": [str(n) for n in range(N_ROWS)], "antwoord": LONG, "provincie": "Utrecht"})
    frame.to_excel(place.folder / "a.xlsx", index=False)
    frame.to_parquet(place.folder / "a.parquet")
    frame.to_stata(place.folder / "a.dta", write_index=False, version=118, convert_strl=["antwoord"])
    pyreadstat.write_sav(frame, str(place.folder / "a.zsav"), compress=True)
    peaks, codes = list[float](), Counter[int]()
    for path in sorted(place.folder.glob("a.*")):
        options = ["init", f"van-{path.suffix[1:]}", "--responses", path.name, *OPTIONS]
        ended = place.run(options, before=LOWERED)
        codes[ended.code] += 1
        peaks.append(int(ended.said.split()[-1]) / 1024)
    largest = max(path.stat().st_size for path in place.folder.glob("a.*"))
    return {
        "files that unfold to just over a lowered bound": f"{codes.total()}",
        "refused": f"{codes[2]}",
        "largest file": f"{largest / 1000:.0f} kB",
        "peak memory": f"{max(peaks):.0f} MB",
    }
