"""Any tabular file in, as text with nothing lost; CSV files out."""
