"""What notebooks and scripts import from `themawijzer` itself: DataFrames in, DataFrames out."""
