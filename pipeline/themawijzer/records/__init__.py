"""JSON files that one command writes and others read: each a typed record, checked key by key."""
