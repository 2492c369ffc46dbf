"""Web addresses, as respondents type them."""

from __future__ import annotations

import re

# spaCy's own pattern takes "1.zorg" and "zorg.bouw" for web addresses.
URL = re.compile(r"(?:https?://|www\.)\S+|(?:[\w-]+\.)+(?:nl|be|eu|nu|com|org|net)(?:[/?#]\S*)?", re.IGNORECASE)
