"""What people read when a command is done: its results in words and tables on the screen."""
