"""The page, as a web server for one person on one machine."""
