"""Any tabular file in, as text with nothing lost; CSV, Excel, SPSS and Parquet files out."""
