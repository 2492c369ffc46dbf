"""Themawijzer: Dutch open survey answers in, coded datasets out."""
